import { csvText } from './csv-text.js';

/** Records as a file, a page of them at a time. */
export interface RecordFile<R> {
  contentType: string;
  textOf: (pages: AsyncIterable<readonly R[]>) => AsyncIterable<string>;
}

/** The forms in which a list comes as a file: CSV with these fields as columns, and one JSON object per line. */
export function recordFiles<R extends object>(
  columns: readonly (keyof R & string)[],
): Record<'csv' | 'jsonl', RecordFile<R>> {
  async function* recordsOf(pages: AsyncIterable<readonly R[]>): AsyncGenerator<string[][]> {
    for await (const page of pages) yield page.map((record) => columns.map((column) => String(record[column] ?? '')));
  }
  return {
    csv: { contentType: 'text/csv; charset=utf-8', textOf: (pages) => csvText(columns, recordsOf(pages)) },
    jsonl: { contentType: 'application/jsonl; charset=utf-8', textOf: linesOf },
  };
}

async function* linesOf(pages: AsyncIterable<readonly object[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((record) => `${JSON.stringify(record)}\n`).join('');
}
