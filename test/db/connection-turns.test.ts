import assert from 'node:assert/strict';
import { ConnectionTurns } from '../../server/db/connection-turns.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { CallerLeft, forCaller, inTheNameOf, partyServed } from '../../server/lib/caller-scope.js';
import { describeOnEveryEngine } from '../support/databases.js';

describeOnEveryEngine('the connections to a database', (newAddress) => {
  let db: Database;
  const open = async (poolSize: number): Promise<void> => {
    db = await connectDatabase({ ...(await newAddress()), poolSize });
    await db.schema.createTable('things', (table) => table.text('name'));
  };
  afterEach(() => db.destroy());

  /** One after the other on the only connection that writes. */
  async function write(party: string, name: string, done: string[]): Promise<void> {
    await inTheNameOf(party, () =>
      db.transaction(async (trx) => {
        await trx('things').insert({ name });
        done.push(name);
      }),
    );
  }
  const slow = async (): Promise<void> => {
    const numbers =
      'with recursive n(i) as (select 1 union all select i + 1 from n where i < 50000000) select i from n';
    await db.count({ total: '*' }).from(db.raw(`(${numbers}) as t`));
  };
  const quick = async (): Promise<unknown> => {
    const [row] = await db.select<{ one: number }[]>(db.raw('1 as one'));
    return row?.one;
  };

  it('go from party to party, however much one of them wants to write', async () => {
    await open(1);
    const done: string[] = [];
    const much = ['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => write('a', name, done));
    const others = [write('b', 'b1', done), write('b', 'b2', done), write('c', 'c1', done)];
    await Promise.all([...much, ...others]);
    assert.deepEqual(done, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4', 'a5']);
  });

  it('are never all held by one party, however long its statements take', async () => {
    await open(3);
    const caller = new AbortController();
    const left = Array.from({ length: 5 }, () =>
      assert.rejects(
        inTheNameOf('a', () => forCaller(caller.signal, slow)),
        CallerLeft,
      ),
    );
    assert.equal(await inTheNameOf('b', quick), 1);
    assert.equal(await quick(), 1, 'the server itself');
    caller.abort();
    await Promise.all(left);
    assert.equal(await inTheNameOf('a', quick), 1);
  });

  it('come back from what failed', async () => {
    await open(1);
    for (let nth = 0; nth < 3; nth += 1) {
      await assert.rejects(
        inTheNameOf('a', async () => {
          await db('things').insert({ nothing: 'x' });
        }),
      );
      await assert.rejects(db.transaction((trx) => trx('nothing').insert({})));
    }
    assert.equal(await inTheNameOf('a', quick), 1);
  });

  it('are taken in nobody’s name by what a request leaves running', async () => {
    await open(1);
    let later: Promise<string | undefined> = Promise.resolve('');
    let goOn: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (goOn = resolve));
    await inTheNameOf('a', async () => {
      later = over.then(partyServed);
      assert.equal(await forCaller(new AbortController().signal, async () => partyServed()), 'a');
    });
    goOn();
    assert.equal(await later, undefined);
  });
});

describe('turns at the connections of a pool', () => {
  it('are given back when the pool has none to give, and with the connection', async () => {
    const turns = new ConnectionTurns(1, 50);
    const connection = {};
    for (let nth = 0; nth < 2; nth += 1) {
      await assert.rejects(
        turns.acquire(() => Promise.reject(new Error('the pool is closed'))),
        /the pool is closed/,
      );
      assert.equal(await turns.acquire(() => Promise.resolve(connection)), connection);
      turns.release(connection);
    }
  });
});
