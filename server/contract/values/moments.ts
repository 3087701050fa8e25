import { z } from 'zod';
import { wallMs, type LocalTime } from './local-time.js';
import { quoted } from './quoted.js';
import { writtenMoment, writtenTimeOfDay } from './written-forms.js';

/** A time as somebody wrote it: what the clock shows, and by how much that clock is ahead of UTC where this was said. */
export interface WrittenTime {
  local: LocalTime;
  offsetMs: number | undefined;
}

const dayMs = 24 * 60 * 60_000;
const hourMs = 60 * 60_000;
const minuteMs = 60_000;
/** Years have four digits. */
const [year1, year10000] = [new Date(0).setUTCFullYear(1, 0, 1), Date.UTC(10_000, 0, 1)] as const;

/**
 * ISO 8601, extended and basic: days by month, by week and by number; hours, minutes and seconds, of which the last may
 * have decimals; Z or an offset. A blank for the T is read as RFC 3339 has it, and one for the plus of an offset, since that
 * is what an address makes of it.
 */
const datePattern =
  /^(?<year>\d{4})(?:(?<dash>-?)(?<month>\d\d)\k<dash>(?<day>\d\d)|(?<weekDash>-?)W(?<week>\d\d)\k<weekDash>(?<weekday>[1-7])|-?(?<dayOfYear>\d{3}))$/i;
const timePattern =
  /^(?<hour>\d\d)(?:(?<colon>:?)(?<minute>\d\d)(?:\k<colon>(?<second>\d\d))?)?(?:[.,](?<fraction>\d{1,18}))?(?<offset>Z|[+\-\u2212 ]\d\d(?::?\d\d)?)?$/i;

/** Undefined for what is not in the form of ISO 8601, and for a day or an hour that does not exist. */
export function readTime(written: string): WrittenTime | undefined {
  const [, date = '', time = ''] = /^([^T ]+)[T ]\s*(.+)$/i.exec(written.trim()) ?? [];
  const day = dayOf(date);
  const clock = clockOf(time);
  if (day === undefined || clock === undefined || day + clock.ms >= year10000) return undefined;
  return { local: localText(day + clock.ms), offsetMs: clock.offsetMs };
}

/** The day that ISO 8601 writes, as `2026-12-24`. Undefined when there is no such day. */
export function readDay(written: string): string | undefined {
  const day = dayOf(written.trim());
  return day === undefined ? undefined : localText(day).slice(0, 10);
}

/** A time of the day as `HH:MM`. Undefined for what is none, and for one that has seconds. */
export function readTimeOfDay(written: string): string | undefined {
  const clock = clockOf(written.trim().replace(/^T/i, ''));
  if (clock === undefined || clock.offsetMs !== undefined || clock.ms % minuteMs !== 0) return undefined;
  return localText(clock.ms).slice(11, 16);
}

/** Epoch milliseconds of midnight in UTC. */
function dayOf(date: string): number | undefined {
  const parts = datePattern.exec(date)?.groups;
  if (!parts) return undefined;
  const year = Number(parts['year']);
  if (parts['month'] !== undefined) {
    const day = new Date(Date.UTC(2000, Number(parts['month']) - 1, Number(parts['day'])));
    day.setUTCFullYear(year, Number(parts['month']) - 1, Number(parts['day']));
    const isReal = day.getUTCMonth() === Number(parts['month']) - 1 && day.getUTCDate() === Number(parts['day']);
    return isReal ? day.getTime() : undefined;
  }
  const first = new Date(0).setUTCFullYear(year, 0, 1);
  const next = new Date(0).setUTCFullYear(year + 1, 0, 1);
  if (parts['dayOfYear'] !== undefined) {
    const day = first + (Number(parts['dayOfYear']) - 1) * dayMs;
    return day >= first && day < next ? day : undefined;
  }
  const week = Number(parts['week']);
  const monday = firstMonday(first) + (week - 1) * 7 * dayMs;
  return week >= 1 && monday < firstMonday(next) ? monday + (Number(parts['weekday']) - 1) * dayMs : undefined;
}

/** The Monday of the week that has the year's first Thursday. */
function firstMonday(january1: number): number {
  const weekday = (new Date(january1).getUTCDay() + 6) % 7;
  return january1 + (weekday <= 3 ? -weekday : 7 - weekday) * dayMs;
}

/** Milliseconds since midnight: 24:00 is the end of the day, and a leap second the second before it. */
function clockOf(time: string): { ms: number; offsetMs: number | undefined } | undefined {
  const parts = timePattern.exec(time)?.groups;
  if (!parts) return undefined;
  const [hour, minute, second] = [parts['hour'], parts['minute'], parts['second']].map((part) => Number(part ?? 0));
  const unitMs = parts['second'] !== undefined ? 1_000 : parts['minute'] !== undefined ? minuteMs : hourMs;
  const whole = (hour ?? 0) * hourMs + (minute ?? 0) * minuteMs + Math.min(second ?? 0, 59) * 1_000;
  const ms = whole + Math.floor(Number((Number(`0.${parts['fraction'] ?? '0'}`) * unitMs).toFixed(6)));
  const offsetMs = offsetOf(parts['offset']);
  if ((minute ?? 0) > 59 || (second ?? 0) > 60 || ms > dayMs || Number.isNaN(offsetMs)) return undefined;
  return { ms, offsetMs };
}

function offsetOf(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  if (/^Z$/i.test(written)) return 0;
  const [, sign, hours, minutes = '00'] = /^(.)(\d\d):?(\d\d)?$/.exec(written) ?? [];
  if (Number(hours) > 23 || Number(minutes) > 59) return Number.NaN;
  const ahead = Number(hours) * hourMs + Number(minutes) * minuteMs;
  return sign === '-' || sign === '\u2212' ? -ahead : ahead;
}

/** To the minute, or finer where it says more. */
function localText(ms: number): LocalTime {
  const text = new Date(ms).toISOString().slice(0, -1);
  return ms % minuteMs === 0 ? text.slice(0, 16) : ms % 1_000 === 0 ? text.slice(0, 19) : text;
}

/** The moment in UTC as a timestamp, or undefined when it was not said on whose clock, or no calendar goes that far. */
export function momentOf({ local, offsetMs }: WrittenTime): string | undefined {
  if (offsetMs === undefined) return undefined;
  const moment = wallMs(local) - offsetMs;
  return moment >= year1 && moment < year10000 ? new Date(moment).toISOString() : undefined;
}

/** Why this is not read as a time, and how one is written. */
export function timeProblem(written: string, examples: string): string {
  const looksRight = /^\d{4}(-\d\d-\d\d|\d{4}|-?W\d\d-?\d|-?\d{3})[T ]\d/i.test(written.trim());
  const reason = looksRight
    ? 'is a day, an hour or an offset that does not exist'
    : 'is not a time as ISO 8601 writes it';
  return `${quoted(written)} ${reason}. ${examples}`;
}

/** A time on the wall in an answer, as {@link localText} writes it. */
export const knownWallTimeSchema = z.string().meta({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{3})?)?$',
  description: 'A time on the wall, without an offset.',
  example: '2026-12-24T18:00',
});

const momentExamples = 'Give one such as 2026-12-24T18:00:00Z or 2026-12-24T18:00+05:30.';

/** A moment: a time in UTC or with an offset, kept in UTC. */
export const momentSchema = z
  .string()
  .max(64, momentExamples)
  .transform((written, context) => {
    const time = readTime(written);
    const moment = time && momentOf(time);
    if (moment !== undefined) return moment;
    const message =
      time && time.offsetMs === undefined
        ? `${quoted(written)} does not say on whose clock: add Z for UTC, or an offset such as +05:30.`
        : timeProblem(written, momentExamples);
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .meta({
    ...writtenMoment,
    description: 'A time of ISO 8601 in UTC or with an offset.',
    example: '2026-12-24T18:00:00Z',
  });

const timeOfDayRule = 'Give a time as HH:MM, from 00:00 to 23:59.';

/** A time of the day, kept as `HH:MM`. */
export const timeOfDaySchema = z
  .string()
  .max(20, timeOfDayRule)
  .transform((written, context) => {
    const time = readTimeOfDay(written);
    if (time !== undefined) return time;
    context.addIssue({ code: 'custom', message: `${quoted(written)} is no time of the day. ${timeOfDayRule}` });
    return z.NEVER;
  })
  .meta({ ...writtenTimeOfDay, description: 'A time of the day, as HH:MM.', example: '22:00' });
