import { localTimeAt } from '../../../server/contract/values/local-time.js';
import { browserTimeZone } from './wall-time.js';

/** A day on the calendar, without a clock or a zone: `2026-12-24`. Days are counted in UTC, where none has 23 or 25 hours. */
export type Day = string;

const dayMs = 24 * 60 * 60_000;

/** Monday first. */
export const weekdayCodes = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
export type WeekdayCode = (typeof weekdayCodes)[number];

function msOf(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`);
}

function dayAt(ms: number): Day {
  return new Date(ms).toISOString().slice(0, 10);
}

export function addDays(day: Day, count: number): Day {
  return dayAt(msOf(day) + count * dayMs);
}

/** 0 for Monday to 6 for Sunday. */
export function weekdayIndex(day: Day): number {
  return (new Date(msOf(day)).getUTCDay() + 6) % 7;
}

export function weekdayCode(day: Day): WeekdayCode {
  return weekdayCodes[weekdayIndex(day)] ?? 'MO';
}

/** 1 to 31. */
export function dayOfMonth(day: Day): number {
  return Number(day.slice(8));
}

export function isLastOfMonth(day: Day): boolean {
  return dayOfMonth(addDays(day, 1)) === 1;
}

/** The seven days, Monday to Sunday, of the week that a day is in. */
export function weekOf(day: Day): Day[] {
  const monday = addDays(day, -weekdayIndex(day));
  return weekdayCodes.map((_code, index) => addDays(monday, index));
}

/** The whole weeks that a month touches, so its first and last ones may have days of its neighbours. */
export function monthWeeks(day: Day): Day[][] {
  const month = day.slice(0, 7);
  const weeks: Day[][] = [];
  for (let week = weekOf(`${month}-01`); week.some((each) => each.startsWith(month));) {
    weeks.push(week);
    week = weekOf(addDays(week[0] ?? day, 7));
  }
  return weeks;
}

/** The same day some months on; the last of the month where it has no such day. */
export function addMonths(day: Day, count: number): Day {
  const months = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + count;
  const first = dayAt(Date.UTC(Math.floor(months / 12), months % 12, 1));
  const length = dayOfMonth(dayAt(Date.UTC(Math.floor(months / 12), (months % 12) + 1, 0)));
  return addDays(first, Math.min(dayOfMonth(day), length) - 1);
}

/** What the clock on the wall of a time zone shows at a moment, to the minute: `2026-12-24T18:00`. */
export function wallTimeIn(moment: string | number, timeZone: string): string {
  return localTimeAt(new Date(moment).getTime(), timeZone).slice(0, 16);
}

export function dayIn(moment: string | number, timeZone: string): Day {
  return wallTimeIn(moment, timeZone).slice(0, 10);
}

const zoneReachMs = 15 * 60 * 60_000;

/** Moments in UTC between which the days are everywhere on earth; more than asked for at both ends. */
export function momentsAround(first: Day, last: Day): { from: string; to: string } {
  return {
    from: new Date(msOf(first) - zoneReachMs).toISOString(),
    to: new Date(msOf(last) + dayMs + zoneReachMs).toISOString(),
  };
}

/** A day in the words of the browser's language. */
export function formatDay(day: Day, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(undefined, { ...options, timeZone: 'UTC' }).format(msOf(day));
}

/** "Tue, Nov 24, 9:00 AM" for a time on the wall, in the words of the browser's language. */
export function formatWallTime(wall: string): string {
  return new Intl.DateTimeFormat(undefined, {
    weekday: 'short',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
  }).format(Date.parse(`${wall}:00Z`));
}

/** The same for a moment, as clocks here show it. */
export function formatPlanned(moment: string): string {
  return formatWallTime(wallTimeIn(moment, browserTimeZone()));
}
