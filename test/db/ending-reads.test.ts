import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { Knex } from 'knex';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { endingRead } from '../../server/db/ending-reads.js';
import { callerGone, CallerLeft, forCaller } from '../../server/lib/caller-scope.js';
import { describeOnEveryEngine } from '../support/databases.js';
import { eventually } from '../support/eventually.js';

describeOnEveryEngine('a read that nobody waits for', (newAddress, engine) => {
  let db: Database;
  let watcher: Database;
  const open = async (readDeadlineMs?: number): Promise<void> => {
    const address = await newAddress();
    watcher = await connectDatabase(address);
    // As many connections for reading as there are to a SQLite file.
    db = await connectDatabase({ ...address, poolSize: 2, readDeadlineMs });
  };
  afterEach(async () => {
    await Promise.all([db, watcher].map((one) => one.destroy()));
  });

  const numbersUpTo = (last: number): string =>
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${String(last)}) select i from n`;
  async function count(upTo: number): Promise<number> {
    const numbers = numbersUpTo(upTo);
    const [row] = await db.count<{ total: number | string }[]>({ total: '*' }).from(db.raw(`(${numbers}) as t`));
    return Number(row?.total);
  }
  /** Takes many seconds; it has an end, so that a test that fails does not wait for ever. */
  const slow = (): Promise<number> => count(50_000_000);
  const quick = (): Promise<unknown> => db.select(db.raw('1 as one')).then((rows: { one: number }[]) => rows[0]?.one);
  const runningThere = async (): Promise<number> => {
    const rows = watcher('pg_stat_activity')
      .where('state', 'active')
      .where('query', 'like', 'select count(*) as "total"%');
    return Number((await rows.count({ there: '*' }))[0]?.['there']);
  };
  const isRunning = (count: number): Promise<void> =>
    engine === 'sqlite' ? Promise.resolve() : eventually(async () => assert.equal(await runningThere(), count));

  it('has ended in the database once its caller left, and others’ go on', async () => {
    await open();
    const [one, other] = [new AbortController(), new AbortController()];
    const left = assert.rejects(
      forCaller(one.signal, () => slow()),
      CallerLeft,
    );
    let othersIsOver = false;
    const others = forCaller(other.signal, () => slow()).finally(() => (othersIsOver = true));
    const othersLeft = assert.rejects(others, CallerLeft);
    await isRunning(2);
    one.abort();
    await left;
    await isRunning(1);
    assert.equal(await quick(), 1, 'its connection is free');
    assert.equal(othersIsOver, false);
    other.abort();
    await othersLeft;
    await isRunning(0);
  });

  it('is not begun for a caller who left before', async () => {
    await open();
    await assert.rejects(forCaller(AbortSignal.abort(), quick), CallerLeft);
    assert.equal(await quick(), 1);
  });

  it('takes nobody else along, whoever has its connection afterwards', async () => {
    await open();
    for (let round = 0; round < 20; round += 1) {
      const callers = [new AbortController(), new AbortController()];
      const left = callers.map(({ signal }) => forCaller(signal, () => slow()).catch((error: unknown) => error));
      const others = Array.from({ length: 20 }, quick);
      for (const caller of callers) caller.abort();
      for (const error of await Promise.all(left)) assert.ok(error instanceof CallerLeft);
      assert.deepEqual(new Set(await Promise.all(others)), new Set([1]));
    }
    const long = 200_000;
    for (let round = 0; round < 5; round += 1) {
      assert.deepEqual(await Promise.all([count(long), count(long)]), [long, long]);
    }
  });

  it('ends as unavailable when it takes too long, though somebody waits', async () => {
    await open(200);
    await assert.rejects(slow(), { code: 'unavailable', retryAfterSeconds: 60, message: /within 0.2 s/ });
    assert.equal(await quick(), 1);
  });

  it('ends so whichever way it is asked', async () => {
    await open(100);
    const counted = (): Knex.QueryBuilder =>
      db.from(db.raw(`(select count(*) as total from (${numbersUpTo(50_000_000)}) as t) as c`));
    for (const read of [counted().select('total'), counted().first('total'), counted().pluck('total')]) {
      await assert.rejects(Promise.resolve(read), { code: 'unavailable' });
    }
  });

  it('is no part of a transaction: what writes goes on when the caller leaves', async () => {
    await open();
    await db.schema.createTable('things', (table) => table.text('name'));
    const caller = new AbortController();
    await forCaller(caller.signal, () =>
      db.transaction(async (trx) => {
        await trx('things').insert({ name: 'first' });
        caller.abort();
        assert.equal((await trx('things').select()).length, 1);
        await trx('things').insert({ name: 'second' });
      }),
    );
    assert.equal((await db('things').select()).length, 2);
  });

  it('is not what a caller’s work leaves running', async () => {
    await open();
    const caller = new AbortController();
    let goOn: () => void = () => undefined;
    const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
    let later: Promise<unknown> = Promise.resolve();
    await forCaller(caller.signal, () => {
      later = mayGoOn.then(quick);
      assert.equal(callerGone(), caller.signal);
      return Promise.resolve();
    });
    caller.abort();
    goOn();
    assert.equal(await later, 1);
  });
});

describe('the end of a read', () => {
  it('comes after the wish to end it was heard, so that its connection is nobody else’s before', async () => {
    const caller = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const read = new Promise<never>((_resolve, reject) => (fail = reject));
    let hear: () => void = () => undefined;
    const end = (): Promise<void> => new Promise((resolve) => (hear = resolve));
    let isSettled = false;
    const settled = forCaller(caller.signal, () => endingRead(() => read, end, 60_000)).finally(
      () => (isSettled = true),
    );
    const left = assert.rejects(settled, CallerLeft);
    caller.abort();
    fail(new Error('interrupted'));
    await new Promise(setImmediate);
    assert.equal(isSettled, false);
    hear();
    await left;
  });

  it('is asked for until it comes, for a wish may find nothing there yet', async () => {
    let fail: (error: Error) => void = () => undefined;
    const read = new Promise<never>((_resolve, reject) => (fail = reject));
    let wishes = 0;
    const end = (): Promise<void> => {
      wishes += 1;
      if (wishes === 3) fail(new Error('interrupted'));
      return Promise.resolve();
    };
    await assert.rejects(
      endingRead(() => read, end, 1),
      { code: 'unavailable' },
    );
  });

  it('leaves nothing with a caller who stays', async () => {
    const { signal } = new AbortController();
    const end = (): Promise<void> => assert.fail('nobody left');
    await forCaller(signal, async () => {
      const before = getEventListeners(signal, 'abort').length;
      await endingRead(() => Promise.resolve(), end, 60_000);
      await assert.rejects(
        endingRead(() => Promise.reject(new Error('no')), end, 60_000),
        /no/,
      );
      assert.equal(getEventListeners(signal, 'abort').length, before);
    });
  });
});
