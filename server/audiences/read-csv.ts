import { tagSchema, type NewMember } from '../contract/audiences.js';
import { readPhoneNumber } from '../contract/phone-numbers.js';
import { asText } from '../contract/texts.js';
import { findColumns, numbersIn, type CsvColumns } from './csv-columns.js';
import { readCsvRecords, type CsvRecord } from './csv-records.js';
import { plainCell } from './spreadsheet-cell.js';

export interface CsvMembers {
  members: NewMember[];
  badCount: number;
  /** The first hundred. */
  bad: { line: number; text: string; reason: string }[];
}

const shownBadLines = 100;
const [maxNameLength, maxTags] = [200, 20];
/** Bounds how long the event loop is held. */
const recordsPerTurn = 500;

/**
 * Members from the text of a CSV file, whatever its separator, its headings and their language. What is wrong is reported by
 * line, and the rest is used.
 */
export async function readCsvMembers(text: string): Promise<CsvMembers> {
  const { records, separator } = await readCsvRecords(text);
  const columns = findColumns(records);
  const found: CsvMembers = { members: [], badCount: 0, bad: [] };
  for (const [index, record] of records.entries()) {
    if (index % recordsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    if (index === 0 && columns.hasHeadings && columns.numbers.length > 0) continue;
    const { phoneNumber, problem } = numberOf(record, columns);
    if (phoneNumber === undefined) {
      found.badCount += 1;
      const line = record.cells.join(separator);
      if (found.bad.length < shownBadLines)
        found.bad.push({ line: record.line, text: asText(line, 100), reason: problem });
      continue;
    }
    const name = asText(textOf(record, columns.names), maxNameLength);
    found.members.push({ phoneNumber, ...(name !== '' && { name }), tags: tagsOf(record, columns) });
  }
  return found;
}

type NumberOfRecord = { phoneNumber: string; problem?: never } | { phoneNumber?: never; problem: string };

/** The first number that can be read, or why none can. */
function numberOf({ cells }: CsvRecord, { numbers }: CsvColumns): NumberOfRecord {
  let problem: string | undefined;
  for (const cell of numbers.flatMap((at) => numbersIn(cells[at] ?? ''))) {
    const read = readPhoneNumber(cell);
    if (read.digits !== undefined) return { phoneNumber: read.digits };
    problem ??= read.problem;
  }
  return { problem: problem ?? 'There is no phone number in this line.' };
}

function textOf({ cells }: CsvRecord, columns: readonly number[]): string {
  return columns
    .map((at) => plainCell(cells[at] ?? ''))
    .filter((part) => part !== '')
    .join(' ');
}

/** Google marks the groups that are its own with a star. */
function tagsOf({ cells }: CsvRecord, { tags }: CsvColumns): string[] {
  return plainCell(cells[tags] ?? '')
    .split(/ ::: |[;|,]/)
    .flatMap((tag) => tagSchema.safeParse(tag.replace(/^\s*\* /, '')).data ?? [])
    .slice(0, maxTags);
}
