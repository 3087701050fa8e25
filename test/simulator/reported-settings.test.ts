import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { defaultSettings } from '../../simulator/state/settings.js';

/** What every client may count on, and times: nobody reported them. */
const plain = new Set(['deliveryReceipts', 'linkCodeError']);
/** Defaults that say "as without the setting". */
const off: ReadonlySet<unknown> = new Set([
  false,
  null,
  'unknown',
  'never',
  'when_uncovered',
  'as_addressed',
  'single',
]);

describe('the table of reported rules in the simulator’s README', () => {
  it('has each of the settings, with its source, and says which are on', async () => {
    const text = await readFile('simulator/README.md', 'utf8');
    const [, table = ''] = text.split('### What is reported, and not proven');
    const rows = [...table.matchAll(/^\| `(\w+)`( \(on\))? +\|(.+)\|(.+)\|$/gm)].filter(
      ([, name = '']) => name in defaultSettings,
    );
    const reported = Object.entries(defaultSettings).filter(
      ([name, value]) => typeof value !== 'number' && !plain.has(name),
    );
    deepEqual(rows.map(([, name]) => name).sort(), reported.map(([name]) => name).sort());
    for (const [, name = '', on, , source = ''] of rows) {
      const value = Object.entries(defaultSettings).find(([key]) => key === name)?.[1];
      equal(on !== undefined, !off.has(value), `${name} is ${String(value)} by default`);
      ok(source.trim().length > 5, `${name} has no source`);
    }
  });
});
