import { shownImportProblems, type ImportColumn, type ImportPreview } from '../contract/audience-imports.js';
import { asText } from '../contract/values/texts.js';
import type { CsvColumns } from './column-uses.js';
import type { CsvMember, CsvMembers } from './read-csv.js';

const samplesPerColumn = 3;
const sampleLength = 60;
const peopleInPreview = 10;
const membersPerTurn = 5_000;

/**
 * What an import of this file would do. `people` are its members, each once; `newCount` says how many are not on the list yet.
 * Never holds the event loop for long.
 */
export async function importPreview(
  file: CsvMembers,
  people: readonly CsvMember[],
  newCount: number,
): Promise<ImportPreview> {
  const { separator, columns, rowCount, badCount, badCellCount, bad } = file;
  const described = Array.from({ length: columns.width }, (_, at) => describe(file, at));
  return {
    separator,
    hasHeadings: columns.hasHeadings,
    columns: described,
    columnsAsQuery: described.map(({ use, field }) => (field === null ? use : `${use}:${field}`)).join(','),
    rowCount,
    peopleCount: people.length,
    newCount,
    duplicateCount: file.members.length - people.length,
    duplicates: await duplicatesIn(file),
    badCount,
    badCellCount,
    bad,
    people: people.slice(0, peopleInPreview).map(({ name = null, ...person }) => ({ ...person, name })),
  };
}

function describe({ columns, firstRows }: CsvMembers, at: number): ImportColumn {
  const field = columns.fields.find((each) => each.at === at)?.name ?? null;
  const cells = firstRows.map((row) => row.cells[at] ?? '').filter((cell) => cell !== '');
  return {
    column: at + 1,
    heading: columns.headings[at] || null,
    use: useOf(columns, at),
    field,
    samples: cells.slice(0, samplesPerColumn).map((cell) => asText(cell, sampleLength)),
  };
}

function useOf({ numbers, names, tags, fields }: CsvColumns, at: number): ImportColumn['use'] {
  if (numbers.includes(at)) return 'number';
  if (names.includes(at)) return 'name';
  if (tags.includes(at)) return 'tags';
  return fields.some((field) => field.at === at) ? 'field' : 'skip';
}

async function duplicatesIn({ members, lines }: CsvMembers): Promise<ImportPreview['duplicates']> {
  const firstLines = new Map<string, number>();
  const duplicates: ImportPreview['duplicates'] = [];
  for (const [index, { phoneNumber }] of members.entries()) {
    if (index % membersPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    const [line, firstLine] = [lines[index] ?? 0, firstLines.get(phoneNumber)];
    if (firstLine === undefined) firstLines.set(phoneNumber, line);
    else if (duplicates.push({ line, firstLine, phoneNumber }) === shownImportProblems) break;
  }
  return duplicates;
}
