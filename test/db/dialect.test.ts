import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import {
  byteOrdered,
  insertRows,
  isAboutData,
  isForeignKeyViolation,
  isUniqueViolation,
  rowsOf,
  takeNew,
  whereAnyOf,
} from '../../server/db/dialect.js';
import { describeOnEveryDatabase } from '../support/databases.js';

describeOnEveryDatabase('the dialect', (open, engine) => {
  let db: Database;
  beforeEach(async () => {
    db = await open();
  });

  const columns = ['key', 'value'] as const;
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ key: `k${String(index)}`, value: 'v' }));

  it('inserts many more rows than a plain statement can carry', async () => {
    await insertRows(db, { table: 'settings', columns, rows: many(5_001) });
    const [row] = await db('settings').count<{ count: number }[]>('* as count');
    assert.equal(row?.count, 5_001);
  });

  it('inserts nothing for no rows', async () => {
    assert.deepEqual(await insertRows(db, { table: 'settings', columns, rows: [] }), []);
  });

  it('keeps text exactly, whatever is in it', async () => {
    const value = `'; drop table x; -- "\\ ${'ü'.repeat(3)} 👩‍👩‍👧 \n\t {"a":[1]} ?`;
    await insertRows(db, { table: 'settings', columns, rows: [{ key: 'odd', value }] });
    assert.deepEqual(await db('settings').select(), [{ key: 'odd', value }]);
  });

  it('returns only the rows that were new when a conflict changes nothing', async () => {
    await insertRows(db, { table: 'settings', columns, rows: [{ key: 'k0', value: 'old' }] });
    const rows = await insertRows(db, {
      table: 'settings',
      columns,
      rows: many(3),
      conflict: ['key'],
      returning: ['key'],
    });
    assert.deepEqual(rows, [{ key: 'k1' }, { key: 'k2' }]);
    assert.deepEqual(await db('settings').where({ key: 'k0' }).pluck('value'), ['old']);
  });

  it('changes the stored row when a conflict says how, and only where it says', async () => {
    await insertRows(db, { table: 'settings', columns, rows: many(2) });
    await insertRows(db, {
      table: 'settings',
      columns,
      rows: [
        { key: 'k0', value: 'new' },
        { key: 'k9', value: 'new' },
      ],
      conflict: ['key'],
      update: takeNew(['value']),
    });
    const changed = await insertRows(db, {
      table: 'settings',
      columns,
      rows: [
        { key: 'k0', value: 'newer' },
        { key: 'k1', value: 'newer' },
      ],
      conflict: ['key'],
      update: takeNew(['value']),
      updateWhere: `settings.value = 'v'`,
      returning: ['key'],
    });
    assert.deepEqual(changed, [{ key: 'k1' }]);
    assert.deepEqual(await db('settings').orderBy('key').select(), [
      { key: 'k0', value: 'new' },
      { key: 'k1', value: 'newer' },
      { key: 'k9', value: 'new' },
    ]);
  });

  it('finds rows by any number of values', async () => {
    await insertRows(db, { table: 'settings', columns, rows: many(3) });
    const wanted = many(40_000).map((row) => row.key);
    assert.equal((await whereAnyOf(db, db('settings'), 'key', wanted).select()).length, 3);
    assert.equal((await whereAnyOf(db, db('settings'), 'key', []).select()).length, 0);
  });

  it('gives times, counts and sums as numbers, and nothing as null', async () => {
    const at = Date.now();
    await insertRows(db, {
      table: 'events',
      columns: ['id', 'organization_id', 'session_id', 'name', 'payload', 'created_at'],
      rows: [{ id: 'e', organization_id: 'o', session_id: 's', name: 'n', payload: '{}', created_at: at }],
    });
    const [row] = await db('events').select('seq', 'created_at');
    assert.deepEqual(row, { seq: 1, created_at: at });
    const [sums] = rowsOf<{ total: number; none: number | null }>(
      await db.raw('select sum(created_at) as total, max(case when seq > 5 then seq end) as none from events'),
    );
    assert.deepEqual(sums, { total: at, none: null });
  });

  it('tells the ways apart in which values are refused', async () => {
    await db.schema.createTable('owners', (table) => table.text('id').primary());
    await db.schema.createTable('things', (table) => {
      table.text('id').primary();
      table.text('owner').notNullable().references('owners.id');
      table.integer('size').checkPositive();
    });
    await db('owners').insert({ id: 'o' });
    await db('things').insert({ id: 'first', owner: 'o', size: 1 });
    const insert = (row: object): PromiseLike<unknown> =>
      db('things').insert({ id: 'second', owner: 'o', size: 1, ...row });
    const failures: [what: PromiseLike<unknown>, isTaken: boolean, isAlone: boolean, isWrong: boolean][] = [
      [insert({ id: 'first' }), true, false, false],
      [insert({ owner: 'nobody' }), false, true, false],
      [db('owners').delete(), false, true, false],
      [insert({ owner: null }), false, false, true],
      [insert({ size: -1 }), false, false, true],
      [db.raw('select nonsense'), false, false, false],
    ];
    for (const [nth, [statement, ...expected]] of failures.entries()) {
      const error = await statement.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      const found = [isUniqueViolation(error), isForeignKeyViolation(error), isAboutData(error)];
      assert.deepEqual(found, expected, `failure ${String(nth)}`);
    }
  });

  it('sorts by bytes where it is told to', async () => {
    await db.schema.createTable('names', (table) => table.specificType('name', byteOrdered(db)));
    const sorted = ['A', 'B', 'Z', 'a', 'b', 'z', 'Ä', 'ä'];
    await insertRows(db, { table: 'names', columns: ['name'], rows: sorted.toReversed().map((name) => ({ name })) });
    assert.deepEqual(await db('names').orderBy('name').pluck('name'), sorted);
    if (engine === 'sqlite') return;
    // A server whose own order is that of the bytes would sort so in any case.
    const { rows } = await db.raw<{ rows: object[] }>('select distinct pg_collation_for(name) as how from names');
    assert.deepEqual(rows, [{ how: '"C"' }]);
  });

  if (engine === 'sqlite') {
    it('runs SQLite so that a commit survives a power cut and references are kept', async () => {
      const pragma = async (name: string): Promise<unknown> =>
        Object.values(rowsOf<Record<string, unknown>>(await db.raw(`pragma ${name}`))[0] ?? {})[0];
      assert.equal(await pragma('journal_mode'), 'wal');
      assert.equal(await pragma('synchronous'), 2);
      assert.equal(await pragma('foreign_keys'), 1);
      assert.equal(await pragma('busy_timeout'), 10_000);
    });
  }
});
