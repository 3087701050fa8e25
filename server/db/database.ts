import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import knex, { type Knex } from 'knex';
import pg from 'pg';
import { withDeadline } from '../lib/deadline.js';
import { migrateToLatest } from './migrate.js';
import { readBesideWriter } from './sqlite-readers.js';
import { refuseQueriesBesideTransactions } from './transaction-scope.js';

/** Knex, allowed only here and in `*-store.ts`. Ids are text, times are epoch milliseconds, JSON is text. */
export type Database = Knex;

export interface DatabaseAddress {
  /** `postgres://…`; empty or absent means SQLite. */
  url?: string | undefined;
  /** The SQLite file; its folder is made when it does not exist. */
  file?: string | undefined;
}

/** How long a query may wait for a free connection before it fails with a message that says so. */
const acquireTimeoutMs = 10_000;
const poolSize = 10;
/** Each takes a thread of Node's pool of four while it reads; the writer and files need some, too. */
const sqliteReaders = 2;

/** PostgreSQL ends a transaction that says nothing for so long: a frozen process must not keep its rows from the others. */
const idleTransactionTimeoutMs = 10_000;

/** Errors are logged, and by default their messages hold the values of the query: texts, numbers, credentials. */
const compileSqlOnError = false;

/** Knex writes to the console by itself. What it reports is thrown as well, and logged by whoever catches it. */
const quiet = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore };
function ignore(): void {
  // Said above.
}
const pingTimeoutMs = 2_000;

/** Opens the database and brings its tables up to date. Rejects when it cannot be reached. */
export async function openDatabase(address: DatabaseAddress): Promise<Database> {
  const db = await connectDatabase(address);
  try {
    await migrateToLatest(db);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Rejects when the database does not answer in time. */
export async function pingDatabase(db: Database): Promise<void> {
  await withDeadline(Promise.resolve(db.raw('select 1')), pingTimeoutMs, 'The database');
}

/** Opens the database and leaves its tables alone. */
export async function connectDatabase(address: DatabaseAddress): Promise<Database> {
  const db = address.url ? connectPostgres(address.url) : await connectSqlite(address.file ?? 'data/statuscast.sqlite');
  refuseQueriesBesideTransactions(db);
  try {
    await db.raw('select 1');
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

async function connectSqlite(file: string): Promise<Knex> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const open = (max: number, pragmas: string): Knex =>
    knex({
      client: 'sqlite3',
      log: quiet,
      compileSqlOnError,
      connection: { filename: file },
      useNullAsDefault: true,
      acquireConnectionTimeout: acquireTimeoutMs,
      pool: { min: 1, max, afterCreate: preparedBy(pragmas) },
    });
  const db = open(1, writerPragmas);
  const readers = open(sqliteReaders, readerPragmas);
  refuseQueriesBesideTransactions(readers);
  beginForWriting(db);
  readBesideWriter(db, readers);
  return db;
}

interface SqliteTransaction {
  begin(connection: unknown): Promise<unknown>;
  query(connection: unknown, sql: string): Promise<unknown>;
}

/**
 * Takes the lock for writing when a transaction begins, waiting for another process on the same file if need be. A plain
 * BEGIN that reads first and then writes fails at once (SQLITE_BUSY) when the other wrote in between, whatever the timeout.
 */
function beginForWriting(db: Knex): void {
  const client = db.client as { transaction: (...parameters: unknown[]) => SqliteTransaction };
  const open = client.transaction.bind(client);
  client.transaction = (...parameters) => {
    const transaction = open(...parameters);
    transaction.begin = (connection) => transaction.query(connection, 'BEGIN IMMEDIATE;');
    return transaction;
  };
}

interface SqliteConnection {
  exec(sql: string, callback: (error: Error | null) => void): void;
}

/**
 * `busy_timeout` comes first because changing the journal mode takes a lock itself. `synchronous=FULL` because what was
 * acknowledged (a request with 202, a receipt to WhatsApp, a ratchet step to a contact) must survive a power cut; in WAL
 * mode that costs one fsync per commit, and what is frequent is batched. See docs/decisions/0001.
 */
const writerPragmas = `PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;`;
const readerPragmas = `PRAGMA busy_timeout=5000; PRAGMA query_only=ON;`;

function preparedBy(pragmas: string) {
  return (connection: SqliteConnection, done: (error: Error | null, connection: unknown) => void): void => {
    connection.exec(pragmas, (error) => {
      done(error, connection);
    });
  };
}

const int8Oid = 20;
const numericOid = 1700;

/** Counts, sums and millisecond times come as numbers, as they do from SQLite; pg alone gives them as text. */
const numericTypes = {
  getTypeParser(oid: number, format: string): unknown {
    if (oid === int8Oid || oid === numericOid) return Number;
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  },
};

function connectPostgres(url: string): Knex {
  return knex({
    client: 'pg',
    log: quiet,
    compileSqlOnError,
    connection: {
      connectionString: url,
      types: numericTypes,
      idle_in_transaction_session_timeout: idleTransactionTimeoutMs,
    },
    acquireConnectionTimeout: acquireTimeoutMs,
    pool: { min: 0, max: poolSize },
  });
}
