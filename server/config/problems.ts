import type { z } from 'zod';

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

/** A sentence for a setting whose schema has no words of its own. Undefined leaves it to Zod. */
export function settingInWords(issue: RawIssue): string | undefined {
  if (issue.code === 'invalid_value') return `Give one of ${issue.values.map(String).join(', ')}.`;
  if (issue.code === 'too_big' && issue.origin === 'string') return `Give at most ${String(issue.maximum)} characters.`;
  return undefined;
}

/** What is wrong with a setting: its name, what to give, and what stands there, unless that is nobody's business. */
export function settingProblem(name: string, sentence: string, given: string | undefined, isSecret: boolean): string {
  return `${name}: ${sentence}${isSecret || given === undefined ? '' : ` It is "${given.slice(0, 100)}".`}`;
}
