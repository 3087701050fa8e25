import { tagSchema, type NewMember } from '../contract/audiences.js';
import { phoneNumberSchema } from '../contract/phone-numbers.js';

export interface CsvMembers {
  members: NewMember[];
  badCount: number;
  /** The first hundred. */
  bad: { line: number; text: string; reason: string }[];
}

const shownBadLines = 100;
/** Bounds how long the event loop is held. */
const linesPerTurn = 1_000;
const numberHeadings = ['phonenumber', 'phone', 'number', 'mobile'];

/**
 * Members from the text of a CSV file: number, name, tags. Separators may be commas, semicolons or tabs; values may stand
 * in quotes. What is wrong is reported by line, and the rest is used.
 */
export async function readCsvMembers(text: string): Promise<CsvMembers> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  const separator = separatorOf(lines[0] ?? '');
  const headings = cellsOf(lines[0] ?? '', separator).map((cell) => cell.toLowerCase().replaceAll(/[^a-z]/g, ''));
  const numberAt = headings.findIndex((heading) => numberHeadings.includes(heading));
  const hasHeadings = numberAt >= 0;
  const place = hasHeadings
    ? { number: numberAt, name: headings.indexOf('name'), tags: headings.indexOf('tags') }
    : { number: 0, name: 1, tags: 2 };
  const found: CsvMembers = { members: [], badCount: 0, bad: [] };
  for (let index = hasHeadings ? 1 : 0; index < lines.length; index += 1) {
    if (index % linesPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    const line = lines[index] ?? '';
    if (line.trim() === '') continue;
    const cells = cellsOf(line, separator);
    // Exports put an apostrophe before what a spreadsheet would take for a formula.
    const number = phoneNumberSchema.safeParse((cells[place.number] ?? '').replace(/^'/, ''));
    if (!number.success) {
      found.badCount += 1;
      const reason = number.error.issues[0]?.message ?? 'This is not a phone number.';
      if (found.bad.length < shownBadLines) found.bad.push({ line: index + 1, text: line.slice(0, 100), reason });
      continue;
    }
    const name = cells[place.name]?.slice(0, 200) ?? '';
    const tags = (cells[place.tags] ?? '').split(/[;|]/).flatMap((tag) => tagSchema.safeParse(tag).data ?? []);
    found.members.push({ phoneNumber: number.data, ...(name !== '' && { name }), tags: tags.slice(0, 20) });
  }
  return found;
}

function separatorOf(line: string): string {
  return [',', ';', '\t'].find((separator) => line.includes(separator)) ?? ',';
}

function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const letter = line.charAt(at);
    if (letter === '"' && isQuoted && line.charAt(at + 1) === '"') {
      cell += '"';
      at += 1;
    } else if (letter === '"') isQuoted = !isQuoted;
    else if (letter === separator && !isQuoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += letter;
  }
  return [...cells, cell.trim()];
}
