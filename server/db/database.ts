import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import knex, { type Knex } from 'knex';
import pg from 'pg';
import type { DatabaseTrouble } from '../lib/database-trouble.js';
import { DeadlineError, withDeadline } from '../lib/deadline.js';
import { newId } from '../lib/ids.js';
import { ConnectionTurns } from './connection-turns.js';
import { silentTrouble } from './database-troubles.js';
import { engineOf } from './dialect.js';
import { defaultReadDeadlineMs } from './ending-reads.js';
import { guardedPostgresClient, guardedSqliteClient, type SqliteGuard } from './guarded-clients.js';
import { migrateToLatest } from './migrate.js';
import { readBesideWriter } from './sqlite-readers.js';
import { makeSqliteFile, quickCheck, SqliteFile } from './sqlite-file.js';
import { refuseQueriesBesideTransactions } from './transaction-scope.js';

/** Knex, allowed only here and in `*-store.ts`. Ids are text, times are epoch milliseconds, JSON is text. */
export type Database = Knex;

export interface DatabaseAddress {
  /** `postgres://…`; empty or absent means SQLite. */
  url?: string | undefined;
  /** The SQLite file; its folder is made when it does not exist. */
  file?: string | undefined;
  /** How many connections to PostgreSQL there may be. Default 10. */
  poolSize?: number | undefined;
  /** How long a read outside transactions may take. Default one minute. */
  readDeadlineMs?: number | undefined;
  /** Hears of every statement that failed because of the database as a whole. */
  onTrouble?: ((trouble: DatabaseTrouble) => void) | undefined;
}

/** How long a query may wait for a free connection before it fails with a message that says so. */
const acquireTimeoutMs = 10_000;
export const defaultPoolSize = 10;
/**
 * Each takes a thread of Node's pool of four while it reads; the writer and files need some, too. Of three, one organization holds
 * two at most.
 */
const sqliteReaders = 3;

/** Shorter than a caller waits for a connection, so that it hears why there is none. */
const connectTimeoutMs = 5_000;

const idleTransactionTimeoutMs = 10_000;

/** Errors are logged, and by default their messages hold the values of the query: texts, numbers, credentials. */
const compileSqlOnError = false;

/** Knex writes to the console by itself. What it reports is thrown as well, and logged by whoever catches it. */
const quiet = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore };
function ignore(): void {
  // Said above.
}

/** Less than a health check may take as a whole. */
const checkTimeoutMs = 2_500;
/** Takes more than one page of a SQLite file, so that room for it has to be found. */
const checkPayload = 'x'.repeat(8_192);

/** What came to light while a database was opened. */
export interface Opening {
  /** It had no tables before. */
  isNew: boolean;
  /** False where the file is so large that it was not read to the end, and the rest of it is not known to be well. */
  isChecked: boolean;
}

/**
 * Opens the database and brings its tables up to date. Rejects when it cannot be reached, and with a {@link DatabaseTrouble}
 * when it is damaged.
 */
export async function openDatabase(
  address: DatabaseAddress,
  onOpened: (opening: Opening) => void = ignore,
): Promise<Database> {
  const db = await connectDatabase(address);
  try {
    const isChecked = engineOf(db) === 'postgres' || (await quickCheck(fileOf(address)));
    const isNew = await migrateToLatest(db);
    onOpened({ isNew, isChecked });
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/**
 * Writes something and takes it back; like every transaction, that asks whether the file that is open is the one at its
 * address. Rejects with a {@link DatabaseTrouble} when it fails or takes too long.
 */
export async function checkDatabase(db: Database): Promise<void> {
  const id = newId();
  const written = db.transaction(async (trx) => {
    await trx('database_checks').insert({ id, payload: checkPayload });
    await trx('database_checks').where({ id }).delete();
  });
  try {
    await withDeadline(written, checkTimeoutMs, 'The check of the database');
  } catch (error) {
    throw error instanceof DeadlineError ? silentTrouble(checkTimeoutMs, error) : error;
  }
}

/** Opens the database and leaves its tables alone. */
export async function connectDatabase(address: DatabaseAddress): Promise<Database> {
  const db = address.url ? connectPostgres(address.url, address) : await connectSqlite(fileOf(address), address);
  refuseQueriesBesideTransactions(db);
  try {
    await db.raw('select 1');
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

function fileOf({ file }: DatabaseAddress): string {
  return file ?? 'data/statuscast.sqlite';
}

async function connectSqlite(
  file: string,
  { onTrouble = ignore, readDeadlineMs = defaultReadDeadlineMs }: DatabaseAddress,
): Promise<Knex> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await makeSqliteFile(file);
  const place = new SqliteFile(file);
  const connect = (): Promise<object> => place.connect();
  const guard: SqliteGuard = {
    connect,
    turns: new ConnectionTurns(1, acquireTimeoutMs),
    beforeWriting: () => place.requireInPlace(),
    onTrouble: (trouble) => {
      if (trouble.kind !== 'moved') place.forgetLog();
      onTrouble(trouble);
    },
  };
  const open = (max: number, pragmas: string, guardOfPool: SqliteGuard): Knex =>
    knex({
      client: guardedSqliteClient(guardOfPool),
      log: quiet,
      compileSqlOnError,
      connection: { filename: file },
      useNullAsDefault: true,
      acquireConnectionTimeout: acquireTimeoutMs,
      pool: { min: 1, max, afterCreate: preparedBy(pragmas) },
    });
  const db = open(1, writerPragmas, guard);
  const turnsOfReaders = new ConnectionTurns(sqliteReaders, acquireTimeoutMs);
  const guardOfReaders = { connect, turns: turnsOfReaders, onTrouble: guard.onTrouble, readDeadlineMs };
  const readers = open(sqliteReaders, readerPragmas, guardOfReaders);
  refuseQueriesBesideTransactions(readers);
  readBesideWriter(db, readers);
  return db;
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
    connection.exec(pragmas, (error) => done(error, connection));
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

/**
 * PostgreSQL ends a transaction that says nothing for so long: a frozen process must not keep its rows from the others. Said
 * for each transaction: a pooler knows no such parameter of a connection, and lends connections for single transactions.
 */
const beginPostgres = `BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${String(idleTransactionTimeoutMs)}`;

function connectPostgres(
  url: string,
  { poolSize, onTrouble = ignore, readDeadlineMs = defaultReadDeadlineMs }: DatabaseAddress,
): Knex {
  const connections = poolSize ?? defaultPoolSize;
  const turns = new ConnectionTurns(connections, acquireTimeoutMs);
  return knex({
    client: guardedPostgresClient({ turns, onTrouble, readDeadlineMs }, beginPostgres),
    log: quiet,
    compileSqlOnError,
    connection: {
      connectionString: url,
      types: numericTypes,
      keepAlive: true,
      connectionTimeoutMillis: connectTimeoutMs,
    },
    acquireConnectionTimeout: acquireTimeoutMs,
    pool: { min: 0, max: connections },
  });
}
