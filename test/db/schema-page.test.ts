import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { tablesWrittenBy, tableWritersIn } from '../../scripts/lib/table-writers.mjs';
import type { Database } from '../../server/db/database.js';
import { rowsOf } from '../../server/db/dialect.js';
import { readSchema } from '../../server/db/schema.js';
import { schemaPage } from '../../server/db/schema-page.js';
import { projectRoot } from '../../server/lib/project-root.js';
import { describeOnEveryDatabase } from '../support/databases.js';

const writers = tableWritersIn(path.join(projectRoot(), 'server'));

/** `table.column`, and whether it may be null. */
type Shown = [column: string, isNullable: boolean];

function columnsOf(page: string): Shown[] {
  return page.split(/^## /m).flatMap((section) => {
    const table = section.slice(0, section.indexOf('\n'));
    const rows = section.matchAll(/^\| `(\w+)` \| [^|]+ \| (yes|) *\|/gm);
    return [...rows].map(([, column = '', nullable]): Shown => [`${table}.${column}`, nullable === 'yes']);
  });
}

describeOnEveryDatabase('the page of tables', (open, engine) => {
  let db: Database;
  let page: string;
  beforeEach(async () => {
    db = await open();
    page = await readFile(path.join(projectRoot(), 'docs', 'generated', 'schema.md'), 'utf8');
  });

  if (engine === 'sqlite') {
    it('is current; `npm run generate` writes it', async () => {
      assert.equal(page, schemaPage(await readSchema(db), writers));
    });

    it('has for each table a store that writes to it; `db` has one of its own', async () => {
      const unclaimed = (await readSchema(db)).filter(
        ({ name }) => !(writers.get(name) ?? []).some((file) => /-store\.ts$|^db\//.test(file)),
      );
      assert.deepEqual(
        unclaimed.map(({ name }) => name),
        [],
      );
    });

    it('shows columns, keys and indexes as they are', async () => {
      await db.schema.createTable('zz_lamps', (t) => {
        t.text('room').notNullable().references('session_id').inTable('sessions').onDelete('CASCADE');
        t.integer('place').notNullable().defaultTo(0);
        t.bigInteger('lit_at');
        t.primary(['room', 'place']);
        t.unique(['lit_at']);
        t.index(['place', 'lit_at']);
      });
      const shown = schemaPage(await readSchema(db), new Map([['zz_lamps', ['lamps/lamps-store.ts']]]));
      assert.equal(
        shown.slice(shown.indexOf('## zz_lamps')),
        [
          '## zz_lamps\n',
          'Written by: [lamps/lamps-store.ts](../../server/lamps/lamps-store.ts)\n',
          '| column | type | may be null | default |',
          '| --- | --- | --- | --- |',
          '| `room` | text |  |  |',
          "| `place` | integer |  | `'0'` |",
          '| `lit_at` | bigint | yes |  |\n',
          '- primary key (room, place)',
          '- (room) refers to sessions (session_id), on delete cascade',
          '- unique (lit_at)',
          '- index (place, lit_at)\n',
        ].join('\n'),
      );
    });
  } else {
    it('shows the columns that are there, and which of them may be null', async () => {
      const answer: unknown = await db.raw(
        `select table_name, column_name, is_nullable from information_schema.columns
         where table_schema = 'public' and table_name not like 'knex\\_%'`,
      );
      const rows = rowsOf<{ table_name: string; column_name: string; is_nullable: string }>(answer);
      const there = rows.map((row): Shown => [`${row.table_name}.${row.column_name}`, row.is_nullable === 'YES']);
      assert.ok(there.length > 100);
      assert.deepEqual(there.sort(), columnsOf(page).sort());
    });
  }
});

describe('who writes to a table', () => {
  const known: [where: string, code: string, tables: string[]][] = [
    ['in a call', "await knexOf(tx)<Row>('lamps').where({ id }).update({ lit: 1 });", ['lamps']],
    ['by another name', "await this.db('lamps as l').delete();", ['lamps']],
    ['in a statement of many rows', "await insertRows(db, { table: 'lamps', columns, rows });", ['lamps']],
    ['where many values are asked for', "await whereAnyOf(db, db('lamps'), 'id', ids).delete();", ['lamps']],
    ['in SQL', "await db.raw('insert into lamps (id) values (?)', [id]);", ['lamps']],
    ['in SQL with parts', 'await db.raw(`update lamps as l set ${column} = 1`);', ['lamps']],
    [
      'through a variable',
      "const db = knexOf(tx); const held = db('lamps').where({ id }); await held.increment('n');",
      ['lamps'],
    ],
    [
      'through the variable that is nearest',
      "const q = db('rooms'); function f() { const q = db('lamps'); return q.update({}); }",
      ['lamps'],
    ],
    [
      'through a method',
      "class S { all() { return this.rows(tx).delete(); } private rows(tx: Tx) { return knexOf(tx)('lamps'); } }",
      ['lamps'],
    ],
    ['nowhere where it only reads', "await db('lamps').where({ id }).first();", []],
    ['nowhere in a digest', "createHash('sha256').update(text);", []],
    ['nowhere in what a conflict changes', "const clause = 'on conflict do update set lit = 1';", []],
  ];
  for (const [where, code, tables] of known) {
    it(`is found ${where}`, () => {
      assert.deepEqual([...tablesWrittenBy(code)], tables);
    });
  }
});
