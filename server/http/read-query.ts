import { parse } from 'node:querystring';
import { validationError } from '../lib/app-error.js';

/** A per cent sign that escapes nothing: people write those, and they are what they are. */
const bare = /%(?![0-9a-f]{2})/gi;

/**
 * The parameters of a query; one that is given twice is a list. Throws `validation_error` for escapes that are no UTF-8, such as
 * those of half a character: what they were meant to be cannot be known.
 */
export function readQuery(query: string | null | undefined): Record<string, string | string[] | undefined> {
  const written = query ?? '';
  try {
    decodeURIComponent(written.replaceAll(bare, '%25'));
  } catch {
    throw validationError(
      'query',
      'The query has escapes (%XX) that are no text in UTF-8. Escape the whole characters.',
    );
  }
  return parse(written);
}
