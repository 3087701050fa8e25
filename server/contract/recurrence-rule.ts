import { z } from 'zod';
import { writtenRule } from './written-forms.js';

const frequencies = ['HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
/** The most posts that a rule may count. */
export const maxRuleCount = 1_000;

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

/** The parts of a rule that are accepted, with what each may hold. */
const parts: Readonly<Record<string, (value: string) => boolean>> = {
  FREQ: (value) => frequencies.includes(value),
  INTERVAL: (value) => numbers(value, 1, 999) && !value.includes(','),
  COUNT: (value) => /^\d{1,4}$/.test(value) && isWithin(Number(value), 1, maxRuleCount, false),
  UNTIL: (value) => /^\d{8}(T\d{6}Z?)?$/.test(value),
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
  const seen = new Set<string>();
  for (const part of rule.split(';')) {
    const [name = '', value = ''] = part.split('=', 2);
    const isRight = parts[name];
    if (!isRight) return `"${part.slice(0, 40)}" is not a part of a repetition rule that is known here.`;
    if (seen.has(name)) return `${name} stands there twice.`;
    seen.add(name);
    if (!isRight(value)) return name === 'FREQ' ? onlyFrequencies : `${name} cannot be "${value.slice(0, 40)}".`;
  }
  if (!seen.has('FREQ')) return onlyFrequencies;
  return seen.has('COUNT') && seen.has('UNTIL') ? 'Give either COUNT or UNTIL, not both.' : undefined;
}
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
  .meta({ description: 'A repetition rule of RFC 5545, hourly at the most.', example: 'FREQ=WEEKLY;BYDAY=MO,TH' });
