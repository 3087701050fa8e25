import { maxFields } from '../contract/person-fields.js';
import { ownVariables } from '../contract/planning/template-text.js';
import { asText } from '../contract/values/texts.js';
import { validationError } from '../lib/app-error.js';
import type { CsvColumns } from './column-uses.js';

const longestName = 36;

/** What the caller says of each column. Throws `validation_error` when no number is among them, or more is named than there is. */
export function chosenColumns(
  file: Pick<CsvColumns, 'hasHeadings' | 'startsAt' | 'headings' | 'width'>,
  uses: readonly string[],
): CsvColumns {
  if (uses.length > file.width) {
    const [named, there] = [String(uses.length), String(file.width)];
    throw validationError(
      'columns',
      `columns: ${named} columns are named, and the file has ${there}. Look at the preview.`,
    );
  }
  const at = (wanted: (use: string) => boolean): number[] => uses.flatMap((use, index) => (wanted(use) ? [index] : []));
  const numbers = at((use) => use === 'number');
  if (numbers.length === 0) {
    throw validationError('columns', 'columns: None of them is used as "number". Say which one has the phone numbers.');
  }
  const fields = at((use) => use.startsWith('field'));
  if (fields.length > maxFields) {
    const [most, named] = [String(maxFields), String(fields.length)];
    throw validationError(
      'columns',
      `columns: A person has at most ${most} fields; ${named} are named. Skip some columns.`,
    );
  }
  const given = uses.map((use) => /^field:(.*)$/.exec(use)?.[1]);
  return {
    ...file,
    numbers,
    names: at((use) => use === 'name'),
    tags: at((use) => use === 'tags'),
    fields: fieldsAt(fields, file.headings, given),
  };
}

/** Columns as fields, by the names that were given, or else by their headings. No two have one name, and none that is taken otherwise. */
export function fieldsAt(
  columns: readonly number[],
  headings: readonly string[],
  given: readonly (string | undefined)[] = [],
): CsvColumns['fields'] {
  const taken = new Set<string>(['name', '__proto__', ...ownVariables]);
  return columns.map((at) => {
    const wanted = given[at] ?? (nameOf(headings[at] ?? '') || `column_${String(at + 1)}`);
    let name = wanted;
    for (let count = 2; taken.has(name); count += 1) name = `${wanted}_${String(count)}`;
    taken.add(name);
    return { at, name };
  });
}

/** `Last order (date)` → `last_order_date`. */
function nameOf(heading: string): string {
  const words = heading
    .normalize('NFKC')
    .toLowerCase()
    // The dot that a small Turkish i has already.
    .replaceAll('i\u0307', 'i')
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
  return asText(words, longestName);
}
