import type { ZodType } from 'zod';
import { localTimeAt, wallMs } from '../contract/local-time.js';
import type { Session } from '../contract/sessions.js';
import { captionSchema, contentSchema, type SendStatusBody } from '../contract/statuses.js';
import { fillVariables, ownVariables, variablesIn } from '../contract/template-text.js';
import type { Variables } from '../contract/variables.js';
import { validationError } from '../lib/app-error.js';
import type { Shown } from './status-contents.js';

/** With what texts are filled in. */
export interface Filling {
  variables: Variables;
  session: Pick<Session, 'sessionName' | 'ownNumber'>;
  /** For which time, in epoch milliseconds, and on whose clock. */
  at: number;
  timeZone: string;
}

/** Throws `validation_error` for a variable that nobody has a value for. Without values, braces are text like any other. */
export function refuseUnknownVariables(body: SendStatusBody): void {
  if (body.variables === undefined) return;
  const known = new Set<string>([...ownVariables, ...Object.keys(body.variables)]);
  const unknown = variablesIn(textsOf(body)).filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const names = unknown.map((name) => `{{${name}}}`).join(', ');
  throw validationError('variables', `There is no value for ${names}. Give one in "variables".`);
}

/** The texts of a post in which variables count. */
export function textsOf(body: SendStatusBody): string {
  return [body.type === 'text' ? body.content : '', ('caption' in body ? body.caption : '') ?? ''].join(' ');
}

/**
 * Fills in the variables of what people see. What it gives throws `validation_error` when that made a text too long, or left
 * nothing of it.
 */
export function fillerOf(filling: Filling): (shown: Shown) => Shown {
  const values = valuesOf(filling);
  return (shown) => {
    const { type, content, caption } = shown;
    return {
      ...shown,
      ...(type === 'text' && { content: checked('content', contentSchema, fillVariables(content, values)) }),
      ...(caption !== null && { caption: checked('caption', captionSchema, fillVariables(caption, values)) ?? null }),
    };
  };
}

/** The values that every account knows by itself, and those that were given. */
export function valuesOf({ variables, session, at, timeZone }: Filling): Record<string, string> {
  const shown = wallMs(localTimeAt(at, timeZone));
  const show = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(shown);
  return {
    account: session.sessionName,
    number: session.ownNumber ?? '',
    date: show({ dateStyle: 'long' }),
    time: show({ timeStyle: 'short' }),
    weekday: show({ weekday: 'long' }),
    ...variables,
  };
}

function checked<T>(field: string, schema: ZodType<T>, text: string): T {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw validationError(field, parsed.error.issues[0]?.message ?? 'With its variables filled in it cannot be posted.');
}
