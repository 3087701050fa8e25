import { z } from 'zod';
import { quoted } from './quoted.js';
import { writtenRule } from './written-forms.js';

const frequencies = ['HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
/** The most posts that a rule may count. */
export const maxRuleCount = 1_000;

/** A rule comes at most so often within an hour. */
export const maxTimesPerHour = 4;

const numbers = (text: string, from: number, to: number, signed = false): boolean => {
  const values = text.split(',');
  return (
    values.length <= 62 &&
    values.every((value) => /^[+-]?\d{1,3}$/.test(value) && isWithin(Number(value), from, to, signed)) &&
    (signed || !/[+-]/.test(text))
  );
};
const isWithin = (value: number, from: number, to: number, signed: boolean): boolean => {
  const size = signed ? Math.abs(value) : value;
  return size >= from && size <= to;
};

/** `20261224`, `20261224T180000` or `20261224T180000Z`, of a day that there is. */
function isTime(value: string): boolean {
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00'] =
    /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?$/.exec(value) ?? [];
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const milliseconds = Date.parse(`${written}Z`);
  // Days that a month does not have are carried into the next one.
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(written);
}

/** The parts of a rule that are accepted, with what each may hold. */
const parts: Readonly<Record<string, (value: string) => boolean>> = {
  FREQ: (value) => frequencies.includes(value),
  INTERVAL: (value) => numbers(value, 1, 999) && !value.includes(','),
  COUNT: (value) => /^\d{1,4}$/.test(value) && isWithin(Number(value), 1, maxRuleCount, false),
  UNTIL: isTime,
  BYMINUTE: (value) => numbers(value, 0, 59),
  BYHOUR: (value) => numbers(value, 0, 23),
  BYDAY: (value) => value.split(',').every((day) => /^([+-]?[1-9]\d?)?(MO|TU|WE|TH|FR|SA|SU)$/.test(day)),
  BYMONTHDAY: (value) => numbers(value, 1, 31, true),
  BYYEARDAY: (value) => numbers(value, 1, 366, true),
  BYWEEKNO: (value) => numbers(value, 1, 53, true),
  BYMONTH: (value) => numbers(value, 1, 12),
  BYSETPOS: (value) => numbers(value, 1, 366, true),
  WKST: (value) => /^(MO|TU|WE|TH|FR|SA|SU)$/.test(value),
};

/** What is wrong with a rule, in a sentence, or undefined. */
export function ruleProblem(rule: string): string | undefined {
  const seen = new Map<string, string>();
  for (const part of rule.split(';')) {
    const [name = '', value = ''] = part.split('=', 2);
    const isRight = parts[name];
    if (!isRight) return `${quoted(part)} is not a part of a repetition rule that is known here.`;
    if (seen.has(name)) return `${name} stands there twice.`;
    seen.set(name, value);
    if (!isRight(value)) return name === 'FREQ' ? onlyFrequencies : `${name} cannot be ${quoted(value)}.`;
  }
  if (!seen.has('FREQ')) return onlyFrequencies;
  if (seen.has('COUNT') && seen.has('UNTIL')) return 'Give either COUNT or UNTIL, not both.';
  return unfitting(seen);
}

/** What a part may not stand with, as RFC 5545 (3.3.10) says. */
function unfitting(rule: ReadonlyMap<string, string>): string | undefined {
  const frequency = rule.get('FREQ') ?? '';
  for (const [part, allowed] of Object.entries(onlyWith)) {
    if (rule.has(part) && !allowed.includes(frequency))
      return `${part} cannot stand with FREQ=${frequency}, only with ${allowed.join(', ')}.`;
  }
  const minutes = new Set((rule.get('BYMINUTE') ?? '0').split(',').map(Number)).size;
  if (minutes > maxTimesPerHour) {
    const most = `A rule comes at most ${String(maxTimesPerHour)} times an hour`;
    return `${most}, and BYMINUTE names ${String(minutes)} minutes. Leave some out, or make several schedules.`;
  }
  if (rule.has('BYSETPOS') && ![...rule.keys()].some((part) => part !== 'BYSETPOS' && part.startsWith('BY'))) {
    return 'BYSETPOS chooses among what another part names. Add one, such as BYDAY=MO,TU,WE,TH,FR.';
  }
  const counted = [...(rule.get('BYDAY') ?? '').matchAll(/([+-]?\d+)[A-Z]{2}/g)];
  return counted
    .map(([day, place = '']) => unfittingDay(day, Number(place), rule))
    .find((problem) => problem !== undefined);
}

/** The numbers of weekdays, as `2MO` for the second Monday. */
function unfittingDay(day: string, place: number, rule: ReadonlyMap<string, string>): string | undefined {
  const isYearly = rule.get('FREQ') === 'YEARLY';
  if (rule.get('FREQ') !== 'MONTHLY' && (!isYearly || rule.has('BYWEEKNO'))) {
    return `BYDAY=${day} counts within a month or a year. Leave its number out, or take FREQ=MONTHLY.`;
  }
  const [span, most] = isYearly && !rule.has('BYMONTH') ? ['most years', 52] : ['a month', 5];
  if (Math.abs(place) <= most) return undefined;
  return `BYDAY cannot be "${day}": ${span} cannot have as many. ${day.replace(/[+-]?\d+/, '-1')} is the last one.`;
}
const onlyWith: Readonly<Record<string, readonly string[]>> = {
  BYWEEKNO: ['YEARLY'],
  BYYEARDAY: ['HOURLY', 'YEARLY'],
  BYMONTHDAY: ['HOURLY', 'DAILY', 'MONTHLY', 'YEARLY'],
};
const onlyFrequencies = `FREQ must be one of ${frequencies.join(', ')}.`;

function plainRule(written: string): string {
  return written
    .trim()
    .replace(/^RRULE:/i, '')
    .toUpperCase();
}

/** A repetition rule of RFC 5545, without its name: `FREQ=WEEKLY;BYDAY=MO,TH`. */
export const recurrenceRuleSchema = z
  .string()
  .max(500)
  .regex(writtenRule, {
    error: ({ input }) => ruleProblem(plainRule(String(input))) ?? 'Give a rule such as FREQ=WEEKLY;BYDAY=MO,TH.',
  })
  .transform(plainRule)
  .superRefine((rule, context) => {
    const problem = ruleProblem(rule);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({
    description: 'A repetition rule of RFC 5545, hourly at the most, with up to four minutes in `BYMINUTE`.',
    example: 'FREQ=WEEKLY;BYDAY=MO,TH',
  });
