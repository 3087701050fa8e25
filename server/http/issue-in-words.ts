import { z } from 'zod';
import { kindNamesOf } from './openapi/schema-fields.js';

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const formats: Readonly<Record<string, string>> = {
  datetime: 'Give a time in UTC such as 2026-12-24T18:00:00Z.',
  date: 'Give a day such as 2026-12-24.',
  url: 'Give a whole address such as https://example.com.',
};

/** A sentence for a value that a schema has no words of its own for. Undefined leaves it to Zod. */
export function issueInWords(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.input === undefined) return 'This is missing.';
      const kind = kinds[issue.expected];
      return kind === undefined ? undefined : `This must be ${kind}.`;
    }
    case 'invalid_value':
      return `This must be ${orList(issue.values.map((value) => JSON.stringify(value)))}.`;
    case 'too_small':
      return `This must be ${sizeWords(issue.origin, `at least ${String(issue.minimum)}`)}.`;
    case 'too_big':
      return `This must be ${sizeWords(issue.origin, `at most ${String(issue.maximum)}`)}.`;
    case 'invalid_format':
      return formats[issue.format] ?? `This does not have the form that is needed (${issue.format}).`;
    case 'invalid_union': {
      const names = issue.inst instanceof z.ZodType ? kindNamesOf(issue.inst) : [];
      return names.length === 0
        ? 'This fits none of the forms that the reference (/docs) lists.'
        : `This must be ${orList(names.map((name) => JSON.stringify(name)))}.`;
    }
    case 'invalid_key':
      return `This name cannot be used. ${issue.issues[0]?.message ?? ''}`.trimEnd();
    case 'not_multiple_of':
      return `This must be a multiple of ${String(issue.divisor)}.`;
    default:
      return undefined;
  }
}

function sizeWords(origin: string, limit: string): string {
  if (origin === 'string') return `${limit} characters long`;
  return origin === 'array' ? `a list of ${limit} items` : limit;
}

function orList(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `one of ${words.slice(0, -1).join(', ')} or ${last}`;
}
