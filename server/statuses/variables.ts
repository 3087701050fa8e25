import type { ZodType } from 'zod';
import { localTimeAt, wallMs } from '../contract/values/local-time.js';
import type { Session } from '../contract/sessions.js';
import { captionSchema, contentSchema, type SendStatusBody } from '../contract/statuses.js';
import { fillVariables, ownVariables, variablesIn } from '../contract/planning/template-text.js';
import type { Variables } from '../contract/variables.js';
import { validationError } from '../lib/app-error.js';
import type { PostContent } from './status-contents.js';

/** With what texts are filled in. */
export interface Filling {
  variables: Variables;
  session: Pick<Session, 'sessionName' | 'ownNumber'>;
  /** For which time, in epoch milliseconds, and on whose clock. */
  at: number;
  timeZone: string;
}

/** Variables of these texts for which the request has no value. Without values, braces are text like any other. */
export function missingVariables(texts: string, variables: Variables | undefined): string[] {
  if (variables === undefined) return [];
  const known = new Set<string>([...ownVariables, ...Object.keys(variables)]);
  return variablesIn(texts).filter((name) => !known.has(name));
}

/** Throws `validation_error` when a variable is missing. `differing`: which people have, but not all the same. */
export function refuseMissing(missing: readonly string[], differing: readonly string[] = []): void {
  if (missing.length === 0) return;
  const apart = differing.length === 0 ? '' : ` Not everybody whom it is for has the same ${inBraces(differing)}.`;
  throw validationError('variables', `There is no value for ${inBraces(missing)}.${apart} Give one in "variables".`);
}

function inBraces(names: readonly string[]): string {
  return names.map((name) => `{{${name}}}`).join(', ');
}

/** The texts of a post in which variables count. */
export function textsOf(body: SendStatusBody): string {
  return [body.type === 'text' ? body.content : '', ('caption' in body ? body.caption : '') ?? ''].join(' ');
}

/**
 * Fills in the variables of what people see. What it gives throws `validation_error` when that made a text too long, or left
 * nothing of it.
 */
export function fillerOf(filling: Filling): (content: PostContent) => PostContent {
  const values = valuesOf(filling);
  return (post) => {
    const { type, content, caption } = post;
    return {
      ...post,
      ...(type === 'text' && { content: checked('content', contentSchema, fillVariables(content, values)) }),
      ...(caption !== null && { caption: checked('caption', captionSchema, fillVariables(caption, values)) ?? null }),
    };
  };
}

/** The values that every account knows by itself, and those that were given. */
export function valuesOf({ variables, session, at, timeZone }: Filling): Record<string, string> {
  const wallTime = wallMs(localTimeAt(at, timeZone));
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(wallTime);
  return {
    account: session.sessionName,
    number: session.ownNumber ?? '',
    date: format({ dateStyle: 'long' }),
    time: format({ timeStyle: 'short' }),
    weekday: format({ weekday: 'long' }),
    ...variables,
  };
}

/** Values for UTM parameters of links: besides those of texts, the session's id. Which status it is, each one knows by itself. */
export function linkValuesOf(
  variables: Variables | undefined,
  filling: Omit<Filling, 'variables' | 'session'> & { session: Filling['session'] & Pick<Session, 'sessionId'> },
): Record<string, string> {
  return { session: filling.session.sessionId, ...valuesOf({ ...filling, variables: variables ?? {} }) };
}

function checked<T>(field: string, schema: ZodType<T>, text: string): T {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw validationError(field, parsed.error.issues[0]?.message ?? 'With its variables filled in it cannot be posted.');
}
