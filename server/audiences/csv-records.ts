import { Readable } from 'node:stream';
import { CsvError, parse, type Options } from 'csv-parse';

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
/** Bounds how long the event loop is held. */
const pieceLength = 16_384;

/**
 * The records of a CSV text (RFC 4180) whatever separates its cells; a first line `sep=;`, as Excel writes it, says so. Blank
 * lines are left out. Where a quotation mark is never closed, quotation marks mean nothing, so that only its own line suffers.
 */
export async function readCsvRecords(text: string): Promise<CsvRecords> {
  const plain = text.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n');
  const [said, named] = /^"?sep=([,;\t|])"?\n/i.exec(plain) ?? [];
  const body = said === undefined ? plain : plain.slice(said.length);
  const linesBefore = said === undefined ? 0 : 1;
  const sample =
    body.length > sampleLength ? body.slice(0, body.lastIndexOf('\n', sampleLength) + 1 || sampleLength) : body;
  const separator = named ?? (await bestSeparator(sample));
  const records = await withOrWithoutQuotes(body, separator);
  return { separator, records: records.map(({ line, cells }) => ({ line: line + linesBefore, cells })) };
}

/** The one that cuts most lines into the same number of cells, more than one. */
async function bestSeparator(sample: string): Promise<string> {
  let best = { separator: ',', score: 0 };
  for (const separator of separators) {
    const records = await withOrWithoutQuotes(sample, separator);
    const counts = new Map<number, number>();
    for (const { cells } of records)
      if (cells.length > 1) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
    const score = Math.max(0, ...counts.values());
    if (score > best.score) best = { separator, score };
  }
  return best.separator;
}

async function withOrWithoutQuotes(text: string, separator: string): Promise<CsvRecord[]> {
  try {
    return await read(text, { delimiter: separator });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return read(text, { delimiter: separator, quote: null });
  }
}

async function read(text: string, options: Options): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  const rows = Readable.from(piecesOf(text)).pipe(
    parse({
      ...options,
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
