import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { fieldsOf } from './openapi/schema-fields.js';

/** Where a request has its values. */
export type Place = 'body' | 'query' | 'path';

const most = 25;

/** Why a field, or a query parameter, is refused, and what to write instead. */
export function unknownFieldInWords(name: string, schema: z.ZodType, value: unknown, place: Place): string {
  const fields = fieldsOf(schema, value);
  const thing = place === 'query' ? 'query parameter' : 'field';
  const kinds = fields?.ofOthers.get(name);
  if (fields?.kind && kinds) {
    return `A ${fields.kind.field} "${fields.kind.value}" has no such field; ${listed(kinds)} ${kinds.length === 1 ? 'has' : 'have'} it. Leave it out.`;
  }
  const known = Object.keys(fields?.own ?? {});
  if (known.length === 0) return `There is no such ${thing}; none is taken here. Leave it out.`;
  const nearest = closest(name, known);
  if (isSlipOf(name.toLowerCase(), nearest.toLowerCase()))
    return `There is no such ${thing}. Did you mean "${nearest}"?`;
  const more = known.length > most ? ' and others' : '';
  return `There is no such ${thing}. There are ${known.slice(0, most).join(', ')}${more}.`;
}

/** Two letters that changed places count as two changes. */
function isSlipOf(name: string, known: string): boolean {
  return distance(name, known) <= (name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3)));
}

function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
