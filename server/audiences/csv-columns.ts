import { maxColumns } from '../contract/audience-imports.js';
import { maxFields } from '../contract/person-fields.js';
import { readPhoneNumber } from '../contract/values/phone-numbers.js';
import { validationError } from '../lib/app-error.js';
import { chosenColumns, fieldsAt } from './chosen-columns.js';
import type { CsvColumns } from './column-uses.js';
import {
  isFamilyNameFirst,
  isFamilyNameHeading,
  isGivenNameHeading,
  isMiddleNameHeading,
  isMobileHeading,
  isNameHeading,
  isNoNumberHeading,
  isNumberHeading,
  isTagsHeading,
  plainWords,
} from './csv-headings.js';
import type { CsvRecord } from './csv-records.js';

/** How a caller wants them to be: the use of each column, and whether a record names them. */
export interface ChosenColumns {
  columns?: readonly string[] | undefined;
  hasHeadings?: boolean | undefined;
}

const looked = 500;
/** A column of numbers has at least this share of cells that can be read as such. */
const enough = 0.5;
const mostTitles = 10;

/**
 * The columns as they were chosen. Without a choice they are found by what is in them; headings, in whatever language, only
 * decide between columns that may both be meant. Throws `validation_error` for a choice that does not fit the file, and for one
 * with too many columns.
 */
export async function findColumns(records: readonly CsvRecord[], chosen: ChosenColumns = {}): Promise<CsvColumns> {
  const sample = records.slice(0, looked);
  const width = Math.min(maxColumns, Math.max(0, ...sample.map(({ cells }) => cells.length)));
  const startsAt = behindTitles(sample);
  const first = sample[startsAt]?.cells ?? [];
  if (first.length > maxColumns) {
    const [most, there] = [String(maxColumns), String(first.length)];
    throw validationError('csv', `This file has ${there} columns; at most ${most} are read. Leave some out.`);
  }
  const hasHeadings = chosen.hasHeadings ?? !first.some(isLikeNumber);
  const headings = hasHeadings ? first : [];
  const file = { hasHeadings, startsAt, headings, width };
  if (chosen.columns) {
    const asChosen = chosenColumns(file, chosen.columns);
    return { ...asChosen, numbers: mobileFirst(asChosen.numbers, headings) };
  }
  const words = headings.map(plainWords);
  const data = sample.slice(startsAt + (hasHeadings ? 1 : 0));
  const numbers = await numberColumns(data, width, words);
  const others = Array.from({ length: width }, (_, at) => at).filter((at) => !numbers.includes(at));
  if (!hasHeadings) {
    const name = others.find((at) => data.some(({ cells }) => /\p{L}/u.test(cells[at] ?? '')));
    const tags = others.filter((at) => name !== undefined && at > name).slice(0, 1);
    return { ...file, numbers, names: name === undefined ? [] : [name], tags, fields: [] };
  }
  const names = nameColumns(words, others);
  const tags = others.filter((at) => isTagsHeading(words[at] ?? '')).slice(0, 1);
  const further = others
    .filter((at) => !names.includes(at) && !tags.includes(at) && (words[at] ?? '') !== '')
    .filter((at) => data.some(({ cells }) => (cells[at] ?? '') !== ''))
    .slice(0, maxFields);
  return { ...file, numbers, names, tags, fields: fieldsAt(further, headings) };
}

/** How many records at the top have one cell only, while others have more: they are about the file, and no headings. */
function behindTitles(records: readonly CsvRecord[]): number {
  const start = records.findIndex(({ cells }) => cells.filter((cell) => cell !== '').length > 1);
  const titles = records.slice(0, Math.max(0, start));
  return titles.length > mostTitles || titles.some(({ cells }) => cells.some(isLikeNumber)) ? 0 : titles.length;
}

function mobileFirst(numbers: readonly number[], headings: readonly string[]): number[] {
  const isMobile = (at: number): boolean => isMobileHeading(plainWords(headings[at] ?? ''));
  return [...numbers].sort((a, b) => Number(isMobile(b)) - Number(isMobile(a)));
}

/** The numbers in a cell: Google puts several into one, between three colons. */
export function numbersIn(cell: string): string[] {
  return cell
    .split(' ::: ')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

async function numberColumns(
  data: readonly CsvRecord[],
  width: number,
  headings: readonly string[],
): Promise<number[]> {
  const found: { at: number; isNamed: boolean; share: number; likely: number }[] = [];
  for (let at = 0; at < width; at += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    const heading = headings[at] ?? '';
    const cells = data.flatMap(({ cells: all }) => numbersIn(all[at] ?? ''));
    if (cells.length === 0 || isNoNumberHeading(heading)) continue;
    const readable = cells.filter((cell) => readPhoneNumber(cell).digits !== undefined).length;
    const likely = cells.filter(isLikeNumber).length / cells.length;
    found.push({ at, isNamed: isNumberHeading(heading), share: readable / cells.length, likely });
  }
  // Of some people there is a word instead of a number, such as "none".
  const named = found.filter(({ isNamed, likely, share }) => isNamed && (likely >= enough || share > 0));
  const columns = named.length > 0 ? named : bestOf(found);
  return mobileFirst(
    columns.map(({ at }) => at),
    headings,
  );
}

/** Without a heading that says so, one column: that with most numbers that can be read, or else that look like numbers. */
function bestOf<T extends { share: number; likely: number }>(found: readonly T[]): T[] {
  const [best] = [...found].sort((a, b) => b.share - a.share || b.likely - a.likely);
  return best !== undefined && (best.share >= enough || best.likely >= enough || best.share > 0) ? [best] : [];
}

function nameColumns(headings: readonly string[], others: readonly number[]): number[] {
  const at = (isIt: (heading: string) => boolean): number[] =>
    others.filter((each) => isIt(headings[each] ?? '')).slice(0, 1);
  const [given, middle, family] = [at(isGivenNameHeading), at(isMiddleNameHeading), at(isFamilyNameHeading)];
  // In some languages the whole name and a part of it share a word: "nom" beside "prénom", "nombre" beside "apellidos".
  const whole = at(isNameHeading);
  if (given.length + family.length === 0) return whole;
  if (given.length === 0) return [...whole, ...middle, ...family];
  if (family.length === 0) return [...given, ...middle, ...at((heading) => heading === 'nom' || heading === 'name')];
  return at(isFamilyNameFirst).length > 0 ? [...family, ...given, ...middle] : [...given, ...middle, ...family];
}

/** Digits enough for a number, right or wrong. */
function isLikeNumber(cell: string): boolean {
  return (cell.match(/\p{Nd}/gu)?.length ?? 0) >= 7 && !/\p{L}{3}/u.test(cell);
}
