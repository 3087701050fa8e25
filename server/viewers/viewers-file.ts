import { viewerSchema, type ListViewersQuery, type Viewer } from '../contract/viewers.js';
import { csvText } from '../lib/csv/csv-text.js';

/** Viewers as a file, a page of them at a time. */
export interface ViewersFile {
  contentType: string;
  textOf: (pages: AsyncIterable<readonly Viewer[]>) => AsyncIterable<string>;
}

const columns = viewerSchema.keyof().options;

/** The forms in which a list of viewers comes as a file; the columns of CSV are the fields of a viewer. */
export const viewersFiles: Record<Exclude<ListViewersQuery['format'], 'json'>, ViewersFile> = {
  csv: { contentType: 'text/csv; charset=utf-8', textOf: (pages) => csvText(columns, recordsOf(pages)) },
  jsonl: { contentType: 'application/jsonl; charset=utf-8', textOf: linesOf },
};

async function* recordsOf(pages: AsyncIterable<readonly Viewer[]>): AsyncGenerator<string[][]> {
  for await (const page of pages) yield page.map((viewer) => columns.map((column) => String(viewer[column] ?? '')));
}

async function* linesOf(pages: AsyncIterable<readonly Viewer[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((viewer) => `${JSON.stringify(viewer)}\n`).join('');
}
