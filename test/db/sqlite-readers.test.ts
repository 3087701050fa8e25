import assert from 'node:assert/strict';
import path from 'node:path';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { insideTransaction } from '../../server/db/transaction-scope.js';
import { makeTempDir } from '../support/temp-dir.js';

describe('reading a SQLite database', () => {
  let db: Database;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    const folder = await makeTempDir();
    remove = folder.remove;
    db = await connectDatabase({ file: path.join(folder.dir, 'data.sqlite') });
    await db.schema.createTable('things', (table) => table.text('name'));
    await db('things').insert({ name: 'first' });
  });
  afterEach(async () => {
    await db.destroy();
    await remove();
  });
  const names = async (): Promise<string[]> => db('things').orderBy('rowid').pluck('name');

  it('waits for no transaction that is open, and sees what is committed', async () => {
    let commit: () => void = () => undefined;
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    let written: () => void = () => undefined;
    const isWritten = new Promise<void>((resolve) => (written = resolve));
    const transaction = db.transaction(async (trx) => {
      await trx('things').insert({ name: 'second' });
      assert.deepEqual(await trx('things').orderBy('rowid').pluck('name'), ['first', 'second']);
      written();
      await mayCommit;
    });
    await isWritten;
    assert.deepEqual(await names(), ['first']);
    assert.equal((await db<{ name: string }>('things').first('name'))?.name, 'first');
    assert.deepEqual(await db('things').select('name'), [{ name: 'first' }]);
    commit();
    await transaction;
    assert.deepEqual(await names(), ['first', 'second']);
  });

  it('sees at once what this process has written outside a transaction', async () => {
    for (let index = 0; index < 50; index += 1) {
      await db('things').insert({ name: `number ${String(index)}` });
      assert.equal((await names()).at(-1), `number ${String(index)}`);
    }
  });

  it('is refused inside a transaction, when it goes beside it', async () => {
    await assert.rejects(insideTransaction(names), /beside the transaction/);
  });

  it('ends with the database', async () => {
    await names();
    await db.destroy();
    await assert.rejects(names());
  });
});
