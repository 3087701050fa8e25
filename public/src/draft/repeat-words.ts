import { formatDay, weekdayCode, weekdayCodes, type Day } from '../lib/days.js';

const ordinals = new Map([
  ['1', 'first'],
  ['2', 'second'],
  ['3', 'third'],
  ['4', 'fourth'],
  ['5', 'fifth'],
  ['-1', 'last'],
]);
const units = new Map([
  ['HOURLY', 'hour'],
  ['DAILY', 'day'],
  ['WEEKLY', 'week'],
  ['MONTHLY', 'month'],
  ['YEARLY', 'year'],
]);
/** The parts of a rule that can be said in words here. */
const sayable = ['FREQ', 'INTERVAL', 'BYDAY', 'BYMONTHDAY', 'UNTIL', 'COUNT', 'WKST'];
const dayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/**
 * A rule in a sentence, with its time: "Every Monday and Thursday at 09:00". A rule that has no words here is shown as it
 * is, so that nothing false is said.
 */
export function wordsOfRule(rule: string, startsAt: string): string {
  const parts = new Map(rule.split(';').map((part): [string, string] => splitOnce(part)));
  const unit = units.get(parts.get('FREQ') ?? '');
  const on = onDays(parts, startsAt.slice(0, 10));
  const isSayable = [...parts.keys()].every((name) => sayable.includes(name));
  if (unit === undefined || on === undefined || !isSayable) return `By the rule ${rule}`;
  return `${beginning(unit, Number(parts.get('INTERVAL') ?? '1'), on)}${timeWords(unit, startsAt)}${ending(parts)}`;
}

function splitOnce(part: string): [string, string] {
  const at = part.indexOf('=');
  return [part.slice(0, at), part.slice(at + 1)];
}

function beginning(unit: string, interval: number, on: string): string {
  if (interval === 1 && unit === 'week') return on === 'Monday to Friday' ? 'Every weekday' : `Every ${on}`;
  const every = interval === 1 ? `Every ${unit}` : `Every ${String(interval)} ${unit}s`;
  return on === '' ? every : `${every} on ${on}`;
}

/** The days that a rule names; undefined for those that have no words. */
function onDays(parts: ReadonlyMap<string, string>, start: Day): string | undefined {
  const frequency = parts.get('FREQ');
  const byDay = parts.get('BYDAY')?.split(',');
  const byMonthDay = parts.get('BYMONTHDAY')?.split(',');
  if (byDay && byMonthDay) return undefined;
  if (frequency === 'WEEKLY') {
    const indexes = (byDay ?? [weekdayCode(start)]).map((code) => weekdayCodes.findIndex((each) => each === code));
    if (byMonthDay || indexes.includes(-1)) return undefined;
    indexes.sort((a, b) => a - b);
    if (indexes.join('') === '01234') return 'Monday to Friday';
    return listed(indexes.map((index) => dayNames[index] ?? ''));
  }
  if (frequency === 'MONTHLY') {
    if (byDay) return everyKnown(byDay.map(positionWords));
    return everyKnown((byMonthDay ?? [String(Number(start.slice(8)))]).map(monthDayWords));
  }
  if (byDay || byMonthDay) return undefined;
  return frequency === 'YEARLY' ? formatDay(start, { day: 'numeric', month: 'long' }) : '';
}

function everyKnown(words: (string | undefined)[]): string | undefined {
  return words.some((word) => word === undefined) ? undefined : listed(words.map((word) => word ?? ''));
}

function positionWords(day: string): string | undefined {
  const position = ordinals.get(day.slice(0, -2).replace('+', ''));
  const name = dayNames[weekdayCodes.findIndex((code) => code === day.slice(-2))];
  return position === undefined || name === undefined ? undefined : `the ${position} ${name}`;
}

function monthDayWords(day: string): string | undefined {
  if (day === '-1') return 'its last day';
  const number = Number(day);
  return number < 1 ? undefined : `the ${ordinalOf(number)}`;
}

/** "1st", "22nd". */
export function ordinalOf(number: number): string {
  const isTeen = number % 100 > 10 && number % 100 < 14;
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${String(number)}${ending}`;
}

export function listed(words: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(words);
}

function timeWords(unit: string, startsAt: string): string {
  return unit === 'hour' ? '' : ` at ${startsAt.slice(11, 16)}`;
}

function ending(parts: ReadonlyMap<string, string>): string {
  const until = parts.get('UNTIL');
  const count = parts.get('COUNT');
  if (until !== undefined) {
    const day = `${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}`;
    return `, until ${formatDay(day, { dateStyle: 'medium' })}`;
  }
  return count === undefined ? '' : `, ${count === '1' ? 'once' : `${count} times`}`;
}
