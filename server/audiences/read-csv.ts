import { shownImportProblems, type BadCell } from '../contract/audience-imports.js';
import { maxNameLength, maxTags, type NewMember } from '../contract/audiences.js';
import { tagSchema } from '../contract/person-fields.js';
import { maxFieldLength, type PersonFields } from '../contract/person-fields.js';
import { isKnownMobile } from '../contract/values/numbering-plans.js';
import { readPhoneNumber } from '../contract/values/phone-numbers.js';
import { quoted } from '../contract/values/quoted.js';
import { asText } from '../contract/values/texts.js';
import { findColumns, numbersIn, type ChosenColumns } from './csv-columns.js';
import type { CsvColumns } from './column-uses.js';
import { readCsvRecords, type CsvRecord } from './csv-records.js';
import { plainCell } from '../lib/csv/spreadsheet-cell.js';

/** Somebody whom a file names. */
export interface CsvMember extends NewMember {
  name?: string;
  tags: string[];
  fields: PersonFields;
}

export interface CsvMembers {
  separator: string;
  columns: CsvColumns;
  /** The first rows, for examples. */
  firstRows: CsvRecord[];
  rowCount: number;
  members: CsvMember[];
  /** The line of each of these. */
  lines: number[];
  /** Rows that were left out, and cells of others that were. */
  badCount: number;
  badCellCount: number;
  /** The first hundred of both. */
  bad: BadCell[];
}

const maxQuotedLength = 100;
const sampleRows = 50;
/** Bounds how long the event loop is held. */
const recordsPerTurn = 500;

/**
 * Members from the text of a CSV file, whatever its separator, its headings and their language; `chosen` says what its columns
 * are used as. What is wrong is reported by line and cell, and the rest is used. Throws `validation_error` for a choice that does
 * not fit the file.
 */
export async function readCsvMembers(text: string, chosen: ChosenColumns = {}): Promise<CsvMembers> {
  const { records, separator } = await readCsvRecords(text);
  const columns = await findColumns(records, chosen);
  const { startsAt, hasHeadings, numbers } = columns;
  const people = records.slice(startsAt + (hasHeadings && numbers.length > 0 ? 1 : 0));
  const rows = [...records.slice(0, startsAt), ...people];
  const reader = new RowReader(columns, separator);
  const [members, lines]: [CsvMember[], number[]] = [[], []];
  for (const [index, record] of rows.entries()) {
    if (index % recordsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    const member = reader.read(record);
    if (member === undefined) continue;
    members.push(member);
    lines.push(record.line);
  }
  const { badCount, badCellCount, bad } = reader;
  const found = { separator, columns, firstRows: people.slice(0, sampleRows), rowCount: rows.length };
  return { ...found, members, lines, badCount, badCellCount, bad };
}

/** Reads one row after the other, and remembers what was wrong with them. */
class RowReader {
  badCount = 0;
  badCellCount = 0;
  readonly bad: BadCell[] = [];

  constructor(
    private readonly columns: CsvColumns,
    private readonly separator: string,
  ) {}

  /** Undefined, and remembered as bad, when no number can be read. */
  read(record: CsvRecord): CsvMember | undefined {
    const { cells, line } = record;
    const found = this.columns.numbers.flatMap((at) =>
      numbersIn(cells[at] ?? '').map((cell) => ({ at, ...readPhoneNumber(cell) })),
    );
    const numbers = found.flatMap(({ digits }) => digits ?? []);
    const phoneNumber = numbers.length > 1 ? (numbers.find(isKnownMobile) ?? numbers[0]) : numbers[0];
    if (phoneNumber !== undefined) return { phoneNumber, ...this.factsOf(record) };
    this.badCount += 1;
    const [first] = found;
    if (first?.problem !== undefined) this.remember(line, first.at, cells[first.at] ?? '', first.problem, 'person');
    else this.remember(line, null, cells.join(this.separator), 'There is no phone number in this line.', 'person');
    return undefined;
  }

  private factsOf(record: CsvRecord): Omit<CsvMember, 'phoneNumber'> {
    const name = this.nameOf(record);
    return { ...(name !== '' && { name }), tags: this.tagsOf(record), fields: this.fieldsOf(record) };
  }

  private nameOf({ cells, line }: CsvRecord): string {
    const { names } = this.columns;
    const name = names.flatMap((at) => plainCell(cells[at] ?? '') || []).join(' ');
    if (name.length <= maxNameLength) return name;
    this.leaveOut(line, names[0] ?? 0, name, `A name has at most ${String(maxNameLength)} characters.`);
    return '';
  }

  /** Google marks the groups that are its own with a star. */
  private tagsOf({ cells, line }: CsvRecord): string[] {
    const tags = new Set<string>();
    for (const at of this.columns.tags) {
      for (const part of plainCell(cells[at] ?? '').split(/ ::: |[;|,]/)) {
        const tag = part.replace(/^\s*\* /, '').trim();
        if (tag === '') continue;
        if (!tagSchema.safeParse(tag).success) {
          this.leaveOut(line, at, tag, 'A tag has at most 50 characters. Several are separated by ; | or a comma.');
        } else if (tags.size < maxTags || tags.has(tag)) tags.add(tag);
        else this.leaveOut(line, at, tag, `A row may give at most ${String(maxTags)} tags.`);
      }
    }
    return [...tags];
  }

  private fieldsOf({ cells, line }: CsvRecord): PersonFields {
    const fields: PersonFields = {};
    for (const { at, name } of this.columns.fields) {
      const value = plainCell(cells[at] ?? '');
      if (value.length > maxFieldLength) {
        this.leaveOut(
          line,
          at,
          value,
          `A field has at most ${String(maxFieldLength)} characters; ${quoted(name)} has ${String(value.length)}.`,
        );
      } else if (value !== '') fields[name] = value;
    }
    return fields;
  }

  private leaveOut(line: number, at: number, value: string, reason: string): void {
    this.badCellCount += 1;
    this.remember(line, at, value, reason, 'cell');
  }

  private remember(line: number, at: number | null, value: string, reason: string, leftOut: BadCell['leftOut']): void {
    if (this.bad.length >= shownImportProblems) return;
    const heading = at === null ? null : this.columns.headings[at] || null;
    const column = at === null ? null : at + 1;
    this.bad.push({ line, column, heading, value: asText(value, maxQuotedLength), reason, leftOut });
  }
}
