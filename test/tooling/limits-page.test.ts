import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { retentionSettings } from '../../server/config/retention-settings.js';
import { projectRoot } from '../../server/lib/project-root.js';

const read = (...names: string[]): string => readFileSync(path.join(projectRoot(), 'docs', ...names), 'utf8');

describe('the page of limits', () => {
  const page = read('limits.md');

  it('says of every table what limits it', () => {
    const tables = [...read('generated', 'schema.md').matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name);
    const section = page.slice(page.indexOf('## What limits each table and folder'));
    const named = [...section.matchAll(/^\|([^|]+)\|/gm)].flatMap(
      ([, cell = '']) => cell.match(/(?<=`)[a-z_]+(?=`)/g) ?? [],
    );
    assert.deepEqual(named.toSorted(), tables.toSorted());
  });

  it('names every setting of how long something is kept, and the time that is usual', () => {
    const words: Readonly<Record<string, string>> = { KEEP_POSTS_DAYS: '3 years', KEEP_ERASURES_DAYS: '3 years' };
    for (const [name, setting] of Object.entries(retentionSettings)) {
      const usual = words[name] ?? `${String(setting.parse(undefined))} ${name.endsWith('_HOURS') ? 'hours' : 'days'}`;
      assert.match(page, new RegExp(`\\| (kept )?${usual} +\\| \`${name}\``), name);
    }
  });
});
