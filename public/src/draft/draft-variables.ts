import { localTimeAt, wallMs } from '../../../server/contract/values/local-time.js';
import type { Session } from '../../../server/contract/sessions.js';
import { fillVariables, ownVariables, variablesIn } from '../../../server/contract/planning/template-text.js';
import type { Draft } from './draft.js';
import { timeZoneOf } from './draft-time.js';

const known: ReadonlySet<string> = new Set(ownVariables);

/** The variables in the words of a draft, such as `price` in `Only {{price}}`. */
export function variablesOf({ type, text, caption }: Draft): { open: string[]; own: string[] } {
  const names = type === 'audio' ? [] : variablesIn(type === 'text' ? text : caption);
  return { open: names.filter((name) => !known.has(name)), own: names.filter((name) => known.has(name)) };
}

/** What a request says about the variables of a draft; nothing when it has none. */
export function variableFieldsOf(draft: Draft): { variables?: Record<string, string>; timeZone?: string } {
  const { open, own } = variablesOf(draft);
  if (open.length + own.length === 0) return {};
  const variables = Object.fromEntries(open.map((name) => [name, draft.values[name]?.trim() ?? '']));
  // What repeats has its time zone beside it.
  return { variables, ...(own.length > 0 && draft.when !== 'repeat' ? { timeZone: timeZoneOf(draft) } : {}) };
}

/** Which value is missing, in words; null when none is. */
export function variableProblemOf(draft: Draft): string | null {
  const missing = variablesOf(draft).open.find((name) => (draft.values[name] ?? '').trim() === '');
  return missing === undefined ? null : `Fill in “${missing}”.`;
}

/** The draft with its words filled in as far as they are known, as this account would post it. */
export function filledDraft(draft: Draft, account?: Session): Draft {
  const { open, own } = variablesOf(draft);
  if (open.length + own.length === 0) return draft;
  const given = Object.entries(draft.values).filter(([, value]) => value.trim() !== '');
  const values = { ...(account === undefined ? {} : ownValues(draft, account)), ...Object.fromEntries(given) };
  return { ...draft, text: fillVariables(draft.text, values), caption: fillVariables(draft.caption, values) };
}

/** As the server fills them in, for now or the time that was chosen. */
function ownValues(draft: Draft, account: Session): Record<(typeof ownVariables)[number], string> {
  const isPlanned = draft.when === 'later' && draft.at !== '';
  // A time on the wall is shown as it is, in whichever zone it is meant.
  const shown = wallMs(isPlanned ? draft.at : localTimeAt(Date.now(), timeZoneOf(draft)));
  const show = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(shown);
  return {
    account: account.sessionName,
    number: account.ownNumber ?? '',
    date: show({ dateStyle: 'long' }),
    time: show({ timeStyle: 'short' }),
    weekday: show({ weekday: 'long' }),
  };
}
