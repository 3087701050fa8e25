import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { validationError } from '../lib/app-error.js';
import { withRightQuotes } from './csv-quotes.js';

/** One line of a file, or several where a cell in quotes has line breaks. */
export interface CsvRecord {
  /** Where it begins, counted from 1. */
  line: number;
  cells: string[];
}

export interface CsvRecords {
  separator: string;
  records: CsvRecord[];
}

const separators = [',', ';', '\t', '|'];
/** What is looked at to find the separator. */
const sampleLength = 20_000;
/** One line of two hundred full cells. */
const longestLine = 200_000;
/** Bounds how long the event loop is held. */
const pieceLength = 16_384;
const breaksPerTurn = 524_288;

/**
 * The records of a CSV text (RFC 4180) whatever separates its cells; a first line `sep=;`, as Excel writes it, says so. Blank
 * lines are left out. A quotation mark that is never closed is part of its cell, so that no other line suffers. Throws
 * `validation_error` for what is no table.
 */
export async function readCsvRecords(text: string): Promise<CsvRecords> {
  const plain = await withPlainBreaks(text.replace(/^\ufeff/, ''));
  refuseOthers(plain);
  const [said, named] = /^"?sep=([,;\t|])"?\n/i.exec(plain) ?? [];
  const body = said === undefined ? plain : plain.slice(said.length);
  const linesBefore = said === undefined ? 0 : 1;
  const sample =
    body.length > sampleLength ? body.slice(0, body.lastIndexOf('\n', sampleLength) + 1 || sampleLength) : body;
  const separator = named ?? (await bestSeparator(sample));
  const records = await read(body, separator);
  return { separator, records: records.map(({ line, cells }) => ({ line: line + linesBefore, cells })) };
}

/** With every line break, CR LF and a CR alone too, as LF. */
async function withPlainBreaks(text: string): Promise<string> {
  if (!text.includes('\r')) return text;
  const pieces: string[] = [];
  let from = 0;
  while (from < text.length) {
    const end = from + breaksPerTurn;
    // What belongs together stays in one piece.
    const next = text[end - 1] === '\r' && text[end] === '\n' ? end + 1 : end;
    pieces.push(text.slice(from, next).replaceAll(/\r\n?/g, '\n'));
    from = next;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return pieces.join('');
}

function refuseOthers(text: string): void {
  if (/^\s*BEGIN:VCARD/i.test(text)) {
    throw validationError('csv', 'These are contact cards (vCard), and no table. Export the contacts as CSV.');
  }
  for (let [start, line] = [0, 1]; start < text.length; line += 1) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    if (end - start > longestLine) {
      const [length, most] = [end - start, longestLine].map((each) => each.toLocaleString('en'));
      throw validationError(
        'csv',
        `Line ${String(line)} has ${length ?? ''} characters; a line of a table has at most ${most ?? ''}. Export the contacts as CSV.`,
      );
    }
    start = end + 1;
  }
}

/** The one that cuts most lines into the same number of cells, more than one. */
async function bestSeparator(sample: string): Promise<string> {
  let best = { separator: ',', score: 0 };
  for (const separator of separators) {
    const records = await read(sample, separator);
    const counts = new Map<number, number>();
    for (const { cells } of records)
      if (cells.length > 1) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
    const score = Math.max(0, ...counts.values());
    if (score > best.score) best = { separator, score };
  }
  return best.separator;
}

async function read(text: string, delimiter: string): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  const rows = Readable.from(piecesOf(await withRightQuotes(text, delimiter))).pipe(
    parse({
      delimiter,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
      record_delimiter: '\n',
    }),
  );
  for await (const row of rows as AsyncIterable<{ info: { lines: number }; record: string[] }>) {
    const { record, info } = row;
    const breaks = record.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
    if (record.some((cell) => cell !== '')) records.push({ line: info.lines - breaks, cells: record });
  }
  return records;
}

async function* piecesOf(text: string): AsyncGenerator<string> {
  for (let from = 0; from < text.length; from += pieceLength) {
    await new Promise((resolve) => setImmediate(resolve));
    yield text.slice(from, from + pieceLength);
  }
}
