import assert from 'node:assert/strict';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkDatabase, connectDatabase, openDatabase, type Database, type Opening } from '../../server/db/database.js';
import { postgresTroubleOf, sqliteTroubleOf } from '../../server/db/database-troubles.js';
import { quickCheck } from '../../server/db/sqlite-file.js';
import { inTheNameOf } from '../../server/lib/caller-scope.js';
import { DatabaseTrouble, troubleBehind, type TroubleKind } from '../../server/lib/database-trouble.js';
import { writeMigratedSqlite } from '../support/migrated-sqlite.js';
import { createMigratedPostgresDatabase } from '../support/postgres-server.js';
import { insertOrganization } from '../support/sample-rows.js';
import { makeTempDir } from '../support/temp-dir.js';

const is = (kind: TroubleKind) => (error: unknown) => {
  assert.ok(error instanceof DatabaseTrouble, String(error));
  assert.equal(error.kind, kind);
  return true;
};

describe('a SQLite database in trouble', () => {
  let folder: { dir: string; remove: () => Promise<void> };
  let file: string;
  let db: Database;
  let told: TroubleKind[];

  beforeEach(async () => {
    folder = await makeTempDir();
    file = path.join(folder.dir, 'data.sqlite');
    await writeMigratedSqlite(file);
    told = [];
    db = await connectDatabase({ file, onTrouble: ({ kind }) => void told.push(kind) });
    await insertOrganization(db, 'first');
  });
  afterEach(async () => {
    await db.destroy();
    await folder.remove();
  });

  const insert = (id: string): Promise<void> => insertOrganization(db, id);
  const insertInTransaction = (id: string): Promise<void> => db.transaction((trx) => insertOrganization(trx, id));
  const ids = async (): Promise<string[]> => db('organizations').whereNot({ id: 'default' }).orderBy('id').pluck('id');
  /** Everything that writes says the same, and goes on once it is over. */
  async function refusesEverything(kind: TroubleKind, id = 'lost'): Promise<void> {
    await assert.rejects(insert(id), is(kind));
    await assert.rejects(insertInTransaction(id), is(kind));
    await assert.rejects(checkDatabase(db), is(kind));
    assert.deepEqual(told, [kind, kind, kind]);
  }
  async function goesOn(): Promise<void> {
    await insertInTransaction('second');
    await insert('third');
    await checkDatabase(db);
    assert.deepEqual(await ids(), ['first', 'second', 'third']);
  }

  it('that is well has nothing left of its checks', async () => {
    await checkDatabase(db);
    assert.deepEqual(await db('database_checks'), []);
    assert.deepEqual(told, []);
  });

  it('is full, in a transaction too, and goes on when there is room', async () => {
    await db.raw('PRAGMA max_page_count=1');
    await refusesEverything('full', 'x'.repeat(100_000));
    await db.raw('PRAGMA max_page_count=1000000');
    await goesOn();
  });

  it('can only be read', async () => {
    for (const write of [() => insert('lost'), () => insertInTransaction('lost'), () => checkDatabase(db)]) {
      await db.raw('PRAGMA query_only=ON');
      await assert.rejects(write(), is('read_only'));
      assert.deepEqual(await ids(), ['first']);
    }
    await goesOn();
  });

  it('is held by another program', async () => {
    const other = await connectDatabase({ file });
    await db.raw('PRAGMA busy_timeout=0');
    await other.transaction(async (trx) => {
      await insertOrganization(trx, 'of another');
      await refusesEverything('busy');
    });
    await other('organizations').where({ id: 'of another' }).delete();
    await other.destroy();
    await goesOn();
  });

  it('lets nobody write between what a transaction reads and what it writes', async () => {
    const other = await connectDatabase({ file });
    await other.raw('PRAGMA busy_timeout=0');
    await db.transaction(async (trx) => {
      const [{ there } = { there: 0 }] = await trx('organizations').count<{ there: number }[]>({ there: '*' });
      await assert.rejects(insertOrganization(other, 'lost'), is('busy'));
      await insertOrganization(trx, `number ${String(there)}`);
    });
    await other.destroy();
    assert.deepEqual(await ids(), ['first', 'number 2']);
  });

  it('that does not answer is said to be silent, and is well again with the answer', async () => {
    await db.transaction(async () => {
      await assert.rejects(checkDatabase(db), is('silent'));
    });
    await checkDatabase(db);
  });

  it('was moved away: nothing is written, no new file is made, and it goes on when it is back', async () => {
    await rename(file, `${file}.away`);
    await refusesEverything('moved');
    await assert.rejects(stat(file), { code: 'ENOENT' });
    await rename(`${file}.away`, file);
    await goesOn();
  });

  it('was moved away or replaced: who reads does not make a new file, and reads no other one', async () => {
    const copy = await readFile(file);
    await ids();
    await rename(file, `${file}.away`);
    /** More at once than have a connection. */
    const readAtOnce = (): Promise<PromiseSettledResult<string[]>[]> => Promise.allSettled([ids(), ids(), ids()]);
    const refused = (results: PromiseSettledResult<string[]>[]): void => {
      const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      assert.equal(reasons.length, 2);
      for (const reason of reasons) is('moved')(reason);
    };
    refused(await readAtOnce());
    await assert.rejects(stat(file), { code: 'ENOENT' });
    await writeFile(file, copy);
    refused(await readAtOnce());
    await rename(`${file}.away`, file);
    assert.deepEqual(await Promise.all([ids(), ids(), ids()]), [['first'], ['first'], ['first']]);
  });

  it('was deleted, or replaced by another one', async () => {
    const copy = await readFile(file);
    await rm(file);
    await assert.rejects(insertInTransaction('lost'), is('moved'));
    await writeFile(file, copy);
    told = [];
    await refusesEverything('moved');
  });

  it('lost the file that has what was committed last', async () => {
    await checkDatabase(db);
    await rename(`${file}-wal`, `${file}-wal.away`);
    await assert.rejects(insertInTransaction('lost'), is('moved'));
    await rename(`${file}-wal.away`, `${file}-wal`);
    await goesOn();
  });

  it('that goes away in the middle of a transaction takes nothing of it, and keeps no transaction open', async () => {
    const half = db.transaction(async (trx) => {
      await insertOrganization(trx, 'lost');
      await rename(file, `${file}.away`);
    });
    await assert.rejects(half, is('moved'));
    await rename(`${file}.away`, file);
    await goesOn();
  });

  for (const [what, from, length] of [
    ['its head is overwritten', 0, 100],
    ['pages are overwritten', 4096 * 3, 4096 * 20],
  ] as const) {
    it(`does not open when ${what}`, async () => {
      await db.destroy();
      const bytes = await readFile(file);
      await writeFile(file, bytes.fill(0x5a, from, from + length));
      await assert.rejects(openDatabase({ file }), is('damaged'));
      // Nothing of it was changed: what can be saved of it is still there.
      assert.ok((await readFile(file)).equals(bytes));
    });
  }

  it('is damaged where nothing of a start reads', async () => {
    for (let nth = 0; nth < 200; nth += 1) await insert(String(nth).padEnd(500, 'x'));
    await db.destroy();
    const bytes = await readFile(file);
    const place = bytes.indexOf('150xxx');
    await writeFile(file, bytes.fill(0x5a, place - (place % 4_096), place));
    await assert.rejects(openDatabase({ file }), is('damaged'));
  });

  it('that a process was killed over while it brought it up to date opens', async () => {
    await db('knex_migrations_lock').update({ is_locked: 1 });
    await openDatabase({ file }).then((opened) => opened.destroy());
  });

  it('that is large is checked as long as there is time', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => ({
      id: String(index),
      name: 'x'.repeat(900),
      created_at: 1,
    }));
    for (let from = 0; from < rows.length; from += 100) await db('organizations').insert(rows.slice(from, from + 100));
    assert.equal(await quickCheck(file), true);
    assert.equal(await quickCheck(file, 0), false);
  });

  it('says when it is new', async () => {
    const openings: Opening[] = [];
    const newFile = path.join(folder.dir, 'data', 'new.sqlite');
    for (let time = 0; time < 2; time += 1) {
      await openDatabase({ file: newFile }, (opening) => openings.push(opening)).then((opened) => opened.destroy());
    }
    assert.deepEqual(openings, [
      { isNew: true, isChecked: true },
      { isNew: false, isChecked: true },
    ]);
    // It will hold credentials: nobody else reads it.
    const modes = [newFile, path.dirname(newFile)].map(async (place) => (await stat(place)).mode & 0o777);
    assert.deepEqual(await Promise.all(modes), [0o600, 0o700]);
  });
});

describe('a PostgreSQL database in trouble', function () {
  this.timeout(60_000);
  let url: string;
  let db: Database;

  async function open(poolSize?: number, address = url): Promise<Database> {
    db = await connectDatabase({ url: address, poolSize });
    return db;
  }
  beforeEach(async () => {
    url = await createMigratedPostgresDatabase();
  });
  afterEach(() => db.destroy());

  it('ended the connection in the middle of a transaction, and is used again', async () => {
    await open();
    const half = db.transaction(async (trx) => {
      const { rows } = await trx.raw<{ rows: { pid: number }[] }>('select pg_backend_pid() as pid');
      await db.raw('select pg_terminate_backend(?)', [rows[0]?.pid ?? 0]);
      await insertOrganization(trx, 'lost');
    });
    await assert.rejects(half, is('unreachable'));
    await checkDatabase(db);
    assert.equal(await db('organizations').where({ id: 'lost' }).first(), undefined);
  });

  it('can only be read', async () => {
    await open();
    const name = new URL(url).pathname.slice(1);
    await db.raw('alter database ?? set default_transaction_read_only = on', [name]);
    await db.destroy();
    await open();
    await assert.rejects(checkDatabase(db), is('read_only'));
    await assert.rejects(insertOrganization(db, 'lost'), is('read_only'));
    await db.raw('set default_transaction_read_only = off');
  });

  it('gives fewer connections than there may be: those there are do all the work', async () => {
    await open();
    const name = new URL(url).pathname.slice(1);
    const role = `of_${name}`;
    await db.raw(`create role ?? login password 'few' connection limit 2`, [role]);
    try {
      const few = new URL(url);
      [few.username, few.password] = [role, 'few'];
      const limited = await connectDatabase({ url: few.href, poolSize: 8 });
      const answers = await Promise.all(Array.from({ length: 40 }, () => limited.raw('select 1').then(() => true)));
      await limited.destroy();
      assert.equal(answers.length, 40);
    } finally {
      await db.raw('drop role ??', [role]);
    }
  });

  it('has as many connections as it was told', async () => {
    await open(3);
    const { rows } = await Promise.all(
      Array.from({ length: 12 }, (_each, nth) =>
        inTheNameOf(`party ${String(nth % 2)}`, async () => db.raw<{ rows: object[] }>('select pg_sleep(0.01)')),
      ),
    ).then(() =>
      db.raw<{ rows: { count: number }[] }>('select count(*) from pg_stat_activity where datname = current_database()'),
    );
    assert.equal(rows[0]?.count, 3);
  });

  it('ends a transaction that says nothing, and no other', async () => {
    await open();
    const inside = await db.transaction(async (trx) =>
      trx.raw<{ rows: object[] }>('show idle_in_transaction_session_timeout'),
    );
    assert.deepEqual(inside.rows, [{ idle_in_transaction_session_timeout: '10s' }]);
    const outside = await db.raw<{ rows: object[] }>('show idle_in_transaction_session_timeout');
    assert.deepEqual(outside.rows, [{ idle_in_transaction_session_timeout: '0' }]);
  });

  it('is not there', async () => {
    await open();
    await assert.rejects(connectDatabase({ url: 'postgres://a:b@127.0.0.1:9/none' }), is('unreachable'));
    await assert.rejects(open(2, url.replace('statuscast:statuscast', 'statuscast:wrong')), is('refused'));
    await assert.rejects(connectDatabase({ url: `${url}_that_is_not_there` }), is('refused'));
  });
});

describe('what a failure of the database means', () => {
  const failure = (code: string, message = 'it failed'): Error => Object.assign(new Error(message), { code });

  const ofSqlite: [code: string, kind: TroubleKind | undefined][] = [
    ['SQLITE_FULL', 'full'],
    ['SQLITE_IOERR', 'disk_fails'],
    ['SQLITE_IOERR_WRITE', 'disk_fails'],
    ['SQLITE_READONLY_DBMOVED', 'read_only'],
    ['SQLITE_LOCKED', 'busy'],
    ['SQLITE_BUSY_SNAPSHOT', 'busy'],
    ['SQLITE_CORRUPT', 'damaged'],
    ['SQLITE_CANTOPEN', 'not_opened'],
    ['SQLITE_CONSTRAINT', undefined],
    ['SQLITE_ERROR', undefined],
    ['SQLITE_MISMATCH', undefined],
  ];
  for (const [code, kind] of ofSqlite) {
    it(`${code} is ${kind ?? 'none of its own'}`, () => {
      assert.equal(sqliteTroubleOf(failure(code))?.kind, kind);
    });
  }

  const ofPostgres: [code: string, message: string, kind: TroubleKind | undefined][] = [
    ['53100', 'could not extend file: No space left on device', 'full'],
    ['53300', 'sorry, too many clients already', 'no_connection_left'],
    ['57P01', 'terminating connection due to administrator command', 'unreachable'],
    ['57P03', 'the database system is starting up', 'unreachable'],
    ['25006', 'cannot execute INSERT in a read-only transaction', 'read_only'],
    ['40P01', 'deadlock detected', 'busy'],
    ['57014', 'canceling statement due to statement timeout', 'busy'],
    ['58030', 'could not read block 3', 'disk_fails'],
    ['XX001', 'invalid page in block 7', 'damaged'],
    ['28P01', 'password authentication failed', 'refused'],
    ['ECONNREFUSED', 'connect ECONNREFUSED', 'unreachable'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND db.example', 'unreachable'],
    ['', 'Connection terminated unexpectedly', 'unreachable'],
    ['08P01', 'no more connections allowed (max_client_conn)', 'no_connection_left'],
    ['08P01', 'query_wait_timeout', 'unreachable'],
    ['23505', 'duplicate key value', undefined],
    ['22P05', 'untranslatable character', undefined],
    ['42P01', 'relation does not exist', undefined],
    ['', 'Cannot read properties of undefined', undefined],
  ];
  for (const [code, message, kind] of ofPostgres) {
    it(`${code} ${message} is ${kind ?? 'none of its own'}`, () => {
      assert.equal(postgresTroubleOf(failure(code, message))?.kind, kind);
    });
  }

  it('connections that are all in use for too long mean that there is too much to do', () => {
    const error = Object.assign(new Error('Timeout acquiring a connection.'), { name: 'KnexTimeoutError' });
    assert.deepEqual([sqliteTroubleOf(error)?.kind, postgresTroubleOf(error)?.kind], ['busy', 'busy']);
  });

  it('a host with several addresses, none of which answers, is away', () => {
    const error = new AggregateError([failure('ECONNREFUSED'), failure('ECONNREFUSED')]);
    assert.equal(postgresTroubleOf(error)?.kind, 'unreachable');
  });
});

describe('trouble with a database', () => {
  it('is found behind the errors that pass it on', () => {
    const trouble = new DatabaseTrouble('full', 'No room.', 'Make some.');
    const passedOn = new Error('not stored', { cause: new Error('batch', { cause: trouble }) });
    assert.deepEqual([trouble, passedOn, new Error('another'), undefined].map(troubleBehind), [
      ...[trouble, trouble, undefined, undefined],
    ]);
  });
});
