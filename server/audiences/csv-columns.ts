import { maxColumns } from '../contract/audience-imports.js';
import { maxFields } from '../contract/person-fields.js';
import { readPhoneNumber } from '../contract/phone-numbers.js';
import { chosenColumns, fieldsAt } from './chosen-columns.js';
import type { CsvRecord } from './csv-records.js';

/** Which columns of a file say what; empty lists where none does. */
export interface CsvColumns {
  /** Whether the first record names the columns. */
  hasHeadings: boolean;
  /** As they stand in the file; empty without headings. */
  headings: string[];
  /** How many columns there are, those beyond the most that are read left out. */
  width: number;
  /** Columns with phone numbers; of each person the first number is taken that can be read. */
  numbers: number[];
  /** Columns whose texts make the name, in the order of the name. */
  names: number[];
  tags: number[];
  fields: { at: number; name: string }[];
}

/** How a caller wants them to be: the use of each column, and whether the first record names them. */
export interface ChosenColumns {
  columns?: readonly string[] | undefined;
  hasHeadings?: boolean | undefined;
}

const looked = 500;
/** A column of numbers has at least this share of cells that can be read as such. */
const enough = 0.5;

/*
 * Headings of the exports of Google Contacts, Outlook, HubSpot and spreadsheets, in the languages of most of their users.
 * They are compared without case, accents and marks.
 */
const numberWords =
  /phone|mobil|^cell|handy|telefon|telephone|portable|celular|movil|cellulare|whatsapp|^tel$|^nummer$|^number$|^numero$|^msisdn$|电话|手机|電話|携帯|телефон|هاتف|جوال/u;
/** Columns of a contact that say something about a number and hold none. */
const notNumberWords = /fax|type|label|pager|typ$/u;
const nameWords =
  /^(?:name|full name|display name|file as|contact name|contact|customer|kunde|nom|nom complet|nombre|nombre completo|nome|nome completo|vollstandiger name|anzeigename|姓名|名前|имя|الاسم)$/u;
const givenWords = /^(?:first name|given name|vorname|prenom|primer nombre|primeiro nome|nome proprio)$/u;
const middleWords = /^(?:middle name|additional name|zweiter vorname|deuxieme prenom|segundo nombre)$/u;
const familyWords = /^(?:last name|family name|surname|nachname|nom de famille|apellidos?|sobrenome|apelido|cognome)$/u;
const tagWords =
  /^(?:tags?|labels?|groups?|group membership|categor(?:y|ies)|kategorien?|gruppen?|etiketten|etiquettes?|groupes?|etiquetas?|categorias?|grupos?|etichett[ae]|gruppo|gruppi)$/u;

/**
 * The columns as they were chosen. Without a choice they are found by what is in them; headings, in whatever language, only
 * decide between columns that may both be meant. Throws `validation_error` for a choice that does not fit the file.
 */
export async function findColumns(records: readonly CsvRecord[], chosen: ChosenColumns = {}): Promise<CsvColumns> {
  const sample = records.slice(0, looked);
  const width = Math.min(maxColumns, Math.max(0, ...sample.map(({ cells }) => cells.length)));
  const first = sample[0]?.cells ?? [];
  const hasHeadings = chosen.hasHeadings ?? !first.some(isLikeNumber);
  const headings = hasHeadings ? first : [];
  const file = { hasHeadings, headings, width };
  if (chosen.columns) return chosenColumns(file, chosen.columns);
  const words = headings.map(plainWords);
  const data = sample.slice(hasHeadings ? 1 : 0);
  const numbers = await numberColumns(data, width, words);
  const others = Array.from({ length: width }, (_, at) => at).filter((at) => !numbers.includes(at));
  if (!hasHeadings) {
    const name = others.find((at) => data.some(({ cells }) => /\p{L}/u.test(cells[at] ?? '')));
    const tags = others.filter((at) => name !== undefined && at > name).slice(0, 1);
    return { ...file, numbers, names: name === undefined ? [] : [name], tags, fields: [] };
  }
  const names = nameColumns(words, others);
  const tags = others.filter((at) => tagWords.test(words[at] ?? '')).slice(0, 1);
  const further = others
    .filter((at) => !names.includes(at) && !tags.includes(at) && (words[at] ?? '') !== '')
    .filter((at) => data.some(({ cells }) => (cells[at] ?? '') !== ''))
    .slice(0, maxFields);
  return { ...file, numbers, names, tags, fields: fieldsAt(further, headings) };
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
    if (cells.length === 0 || notNumberWords.test(heading)) continue;
    const readable = cells.filter((cell) => readPhoneNumber(cell).digits !== undefined).length;
    const likely = cells.filter(isLikeNumber).length / cells.length;
    found.push({ at, isNamed: numberWords.test(heading), share: readable / cells.length, likely });
  }
  const named = found.filter(({ isNamed, likely }) => isNamed && likely >= enough);
  const columns = named.length > 0 ? named : bestOf(found);
  return columns.map(({ at }) => at);
}

/** Without a heading that says so, one column: that with most numbers that can be read, or else that look like numbers. */
function bestOf<T extends { share: number; likely: number }>(found: readonly T[]): T[] {
  const [best] = [...found].sort((a, b) => b.share - a.share || b.likely - a.likely);
  return best !== undefined && (best.share >= enough || best.likely >= enough || best.share > 0) ? [best] : [];
}

function nameColumns(headings: readonly string[], others: readonly number[]): number[] {
  const at = (words: RegExp): number[] => others.filter((each) => words.test(headings[each] ?? '')).slice(0, 1);
  const parts = [...at(givenWords), ...at(middleWords), ...at(familyWords)];
  // In French, the whole name and the family name share a word.
  if (parts.length > 0) return [...parts, ...(at(familyWords).length === 0 ? at(/^(?:nom|name)$/u) : [])];
  return at(nameWords);
}

/** Digits enough for a number, right or wrong. */
function isLikeNumber(cell: string): boolean {
  return (cell.match(/\p{Nd}/gu)?.length ?? 0) >= 7 && !/\p{L}{3}/u.test(cell);
}

/** Small letters without accents, words apart: `phoneNumber` and `E-mail` are two words each. */
function plainWords(heading: string): string {
  return heading
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}
