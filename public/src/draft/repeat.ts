import { z } from 'zod';
import { addDays, dayOfMonth, isLastOfMonth, weekdayCode, weekdayCodes, weekdayIndex, type Day } from '../lib/days.js';

/** How a post comes again, as a person chooses it. `from` is the first day it may, `until` the last; empty is for ever. */
export const repeatSchema = z.object({
  every: z.enum(['day', 'weekday', 'week', 'month']),
  days: z.array(z.enum(weekdayCodes)),
  /** Of the month: on the date of `from`, on its last day, or on the weekday of `from`, such as the second Tuesday. */
  on: z.enum(['date', 'last-day', 'weekday']),
  time: z.string(),
  from: z.string(),
  until: z.string(),
});
export type Repeat = z.infer<typeof repeatSchema>;

const workdays = weekdayCodes.slice(0, 5);
/** Rules that come true less often than this are not worked out. */
const furthestDays = 3 * 366;

/** Which of its weekday a day is in its month: 1 to 4, and -1 for a fifth, which few months have. */
function positionInMonth(day: Day): number {
  const position = Math.ceil(dayOfMonth(day) / 7);
  return position === 5 ? -1 : position;
}

/** The rule of RFC 5545 for a choice. */
export function ruleOf({ every, days, on, from, until }: Repeat): string {
  const end = until === '' ? '' : `;UNTIL=${until.replaceAll('-', '')}`;
  if (every === 'day') return `FREQ=DAILY${end}`;
  if (every === 'weekday') return `FREQ=WEEKLY;BYDAY=${workdays.join(',')}${end}`;
  if (every === 'week') {
    return `FREQ=WEEKLY;BYDAY=${weekdayCodes.filter((code) => days.includes(code)).join(',')}${end}`;
  }
  const byMonth = {
    date: `BYMONTHDAY=${String(dayOfMonth(from))}`,
    'last-day': 'BYMONTHDAY=-1',
    weekday: `BYDAY=${String(positionInMonth(from))}${weekdayCode(from)}`,
  };
  return `FREQ=MONTHLY;${byMonth[on]}${end}`;
}

function partsOf(rule: string): Map<string, string> {
  return new Map(rule.split(';').map((part): [string, string] => [part.split('=')[0] ?? '', part.split('=')[1] ?? '']));
}

function dayOfUntil(until: string | undefined): string {
  return until === undefined ? '' : `${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}`;
}

/** The choice that a rule is; undefined for rules that the screens do not offer. */
export function repeatOf(rule: string, startsAt: string): Repeat | undefined {
  const parts = partsOf(rule);
  const from = startsAt.slice(0, 10);
  const common = { days: [weekdayCode(from)], on: 'date' as const, time: startsAt.slice(11, 16), from };
  const until = dayOfUntil(parts.get('UNTIL'));
  // Without saying more, a rule goes by the day it starts on.
  const bare = new Map([
    ['FREQ=WEEKLY', `FREQ=WEEKLY;BYDAY=${weekdayCode(from)}`],
    ['FREQ=MONTHLY', `FREQ=MONTHLY;BYMONTHDAY=${String(dayOfMonth(from))}`],
  ]);
  const asWritten = rule.replace(/;?(INTERVAL=1|UNTIL=[^;]*|WKST=MO)(?=;|$)/g, '');
  const full = bare.get(asWritten) ?? asWritten;
  const byDay = partsOf(full).get('BYDAY');
  const choices: Repeat[] = [
    { ...common, every: 'day', until },
    { ...common, every: 'weekday', until },
    { ...common, every: 'week', until, days: weekdayCodes.filter((code) => byDay?.includes(code)) },
    { ...common, every: 'month', until },
    { ...common, every: 'month', on: 'last-day', until },
    { ...common, every: 'month', on: 'weekday', until },
  ];
  return choices.find((choice) => ruleOf({ ...choice, until: '' }) === full);
}

/** The first days, at `count` the most, on which a choice comes true after a time on the wall. */
export function comingTimes(repeat: Repeat, afterWall: string, count: number): string[] {
  const times: string[] = [];
  const start = repeat.from > afterWall.slice(0, 10) ? repeat.from : afterWall.slice(0, 10);
  for (let step = 0, day = start; step < furthestDays && times.length < count; step += 1, day = addDays(day, 1)) {
    if (repeat.until !== '' && day > repeat.until) break;
    const wall = `${day}T${repeat.time}`;
    if (isOn(repeat, day) && wall > afterWall) times.push(wall);
  }
  return times;
}

function isOn({ every, days, on, from }: Repeat, day: Day): boolean {
  if (every === 'day') return true;
  if (every === 'weekday') return weekdayIndex(day) < 5;
  if (every === 'week') return days.includes(weekdayCode(day));
  if (on === 'date') return dayOfMonth(day) === dayOfMonth(from);
  if (on === 'last-day') return isLastOfMonth(day);
  if (weekdayCode(day) !== weekdayCode(from)) return false;
  const position = positionInMonth(from);
  return position === -1 ? dayOfMonth(addDays(day, 7)) <= 7 : Math.ceil(dayOfMonth(day) / 7) === position;
}

/** Why a choice cannot be taken yet; null when it can. */
export function repeatProblem(repeat: Repeat, nowWall: string): string | null {
  if (repeat.every === 'week' && repeat.days.length === 0) return 'Choose at least one weekday.';
  if (repeat.time === '') return 'Choose a time.';
  if (repeat.from === '') return 'Choose the day it starts.';
  if (repeat.until !== '' && repeat.until < repeat.from) return 'It ends before it starts.';
  return comingTimes(repeat, nowWall, 1).length === 0 ? 'By this choice it never goes out.' : null;
}
