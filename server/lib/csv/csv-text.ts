import { setImmediate as nextTurn } from 'node:timers/promises';
import { stringify } from 'csv-stringify/sync';
import { safeCell } from './spreadsheet-cell.js';

/** Bounds how long the event loop is held. */
const recordsPerTurn = 200;

/** A CSV file, a piece at a time. Cells that a spreadsheet would run as formulas are made harmless. */
export async function* csvText(
  headers: readonly string[],
  pages: AsyncIterable<readonly (readonly string[])[]>,
): AsyncGenerator<string> {
  yield textOf([headers]);
  for await (const records of pages) {
    for (let from = 0; from < records.length; from += recordsPerTurn) {
      await nextTurn();
      yield textOf(records.slice(from, from + recordsPerTurn));
    }
  }
}

function textOf(records: readonly (readonly string[])[]): string {
  return stringify(
    records.map((cells) => cells.map(safeCell)),
    { quoted: true },
  );
}
