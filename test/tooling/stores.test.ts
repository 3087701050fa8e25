import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { tableWritersIn } from '../../scripts/lib/table-writers.mjs';

type Writers = ReadonlyMap<string, readonly string[]>;

/** The tables that more than one store writes. No other may be added. */
const shared: Readonly<Record<string, readonly string[]>> = {
  // The columns of pace, which nobody else writes.
  sessions: ['pace/pace-store.ts', 'sessions/sessions-store.ts'],
};

const stores = readdirSync('server', { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => file.endsWith('-store.ts'))
  .sort();
const isReport = (store: string): boolean => store.endsWith('-report-store.ts');

function sharedIn(writers: Writers): Record<string, string[]> {
  const tables = [...writers].map(
    ([table, files]) => [table, files.filter((file) => file.endsWith('-store.ts'))] as const,
  );
  return Object.fromEntries(tables.filter(([, files]) => files.length > 1));
}

describe('the stores of a server', () => {
  const writers = tableWritersIn('server');
  const writing = new Set([...writers.values()].flat());

  it('write a table each, and no two the same', () => {
    assert.deepEqual(sharedIn(writers), shared);
  });

  it('are noticed where two of them write the same', () => {
    const files = ['lamps/lamps-store.ts', 'rooms/rooms-store.ts', 'rooms/rooms-service.ts'];
    const alone = ['rooms/rooms-store.ts', 'rooms/rooms-service.ts'];
    const found = sharedIn(new Map(Object.entries({ lamps: files, rooms: alone })));
    assert.deepEqual(found, { lamps: files.slice(0, 2) });
  });

  it('write nothing when they are named as a report', () => {
    const reports = stores.filter(isReport);
    assert.ok(reports.length > 0);
    assert.deepEqual(
      reports.filter((store) => writing.has(store)),
      [],
    );
  });

  it('are named as a report when they write nothing', () => {
    assert.deepEqual(
      stores.filter((store) => !writing.has(store) && !isReport(store)),
      [],
    );
  });
});
