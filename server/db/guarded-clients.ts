import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import PostgresClient from 'knex/lib/dialects/postgres/index.js';
import SqliteClient from 'knex/lib/dialects/sqlite3/index.js';
import { DatabaseTrouble } from '../lib/database-trouble.js';
import { postgresTroubleOf, sqliteTroubleOf } from './database-troubles.js';
import type { ConnectionTurns } from './connection-turns.js';
import { cancelStatement, endingRead, isReadStatement, type PostgresBackend } from './ending-reads.js';

/** What is asked and told of around each statement. */
export interface Guard {
  /** Throws where nothing may be written now. Called before a transaction begins and ends, and before single statements. */
  beforeWriting?: () => void;
  /** Hears of every trouble that a statement met. */
  onTrouble: (trouble: DatabaseTrouble) => void;
  /** Who gets a connection next. */
  turns: ConnectionTurns;
  /** How long a read outside transactions may take; without it nothing is ended, as on the one connection that writes to SQLite. */
  readDeadlineMs?: number;
}

export interface SqliteGuard extends Guard {
  /** Opens one more connection. */
  connect: () => Promise<object>;
}

interface Connection {
  /** Knex hands such a connection to nobody any more. */
  __knex__disposed?: unknown;
}

interface SqliteConnection extends Connection {
  interrupt(): void;
}

/**
 * How long whoever needs a connection asks again while none can be made for the moment. Shorter than the pool waits for one that
 * is in use: what it gave up is not asked for again.
 */
const noConnectionMs = 9_000;
const askAgainAfterMs = 100;

/**
 * Knex' client for SQLite whose failures are {@link DatabaseTrouble} where they are about the database as a whole, in
 * transactions too: these use the class and not the object. A transaction takes the lock for writing when it begins, waiting
 * for another process on the same file if need be: a plain BEGIN that reads first and then writes fails at once (SQLITE_BUSY)
 * when the other wrote in between, whatever the timeout.
 */
export function guardedSqliteClient(guard: SqliteGuard): typeof Knex.Client {
  return class GuardedSqliteClient extends SqliteClient {
    override async query(connection: SqliteConnection, statement: unknown): Promise<unknown> {
      const sql = typeof statement === 'string' ? statement : '';
      const endsTransaction = sql.startsWith('COMMIT');
      try {
        if (!('transacting' in this) || endsTransaction || sql.startsWith('BEGIN')) guard.beforeWriting?.();
        const run = (): Promise<unknown> => super.query(connection, statement) as Promise<unknown>;
        const { readDeadlineMs } = guard;
        if (readDeadlineMs === undefined || !isReadStatement(statement)) return await run();
        const interrupt = (): Promise<void> => Promise.resolve(connection.interrupt());
        return await endingRead(run, interrupt, readDeadlineMs);
      } catch (error) {
        // SQLite has taken it back by itself where the disk was full or failed: what failed before is the reason.
        if (sql.startsWith('ROLLBACK') && isAboutNoTransaction(error)) return undefined;
        if (endsTransaction) await endTransaction(() => super.query(connection, 'ROLLBACK') as Promise<unknown>);
        throw told(guard, sqliteTroubleOf(error) ?? error, connection);
      }
    }

    override acquireRawConnection(): Promise<object> {
      return guard.connect();
    }

    // Where several processes make a file together, changing its journal mode fails at once, whatever the timeout.
    override async acquireConnection(): Promise<unknown> {
      const acquire = (): Promise<object> => guard.turns.acquire(() => super.acquireConnection() as Promise<object>);
      return connectionOf(acquire, sqliteTroubleOf, 'busy', guard);
    }

    override async releaseConnection(connection: object): Promise<void> {
      await super.releaseConnection(connection);
      guard.turns.release(connection);
    }

    override transaction(...parameters: Parameters<Knex.Client['transaction']>): Knex.Transaction {
      return beginningWith('BEGIN IMMEDIATE;', super.transaction(...parameters));
    }
  };
}

/** The same for PostgreSQL, where `begin` begins transactions. */
export function guardedPostgresClient(guard: Guard, begin: string): typeof Knex.Client {
  return class GuardedPostgresClient extends PostgresClient {
    override async query(connection: Connection & PostgresBackend, statement: unknown): Promise<unknown> {
      try {
        const run = (): Promise<unknown> => super.query(connection, statement) as Promise<unknown>;
        const { readDeadlineMs } = guard;
        if (readDeadlineMs === undefined || 'transacting' in this || !isReadStatement(statement)) return await run();
        return await endingRead(run, () => cancelStatement(connection), readDeadlineMs);
      } catch (error) {
        throw told(guard, postgresTroubleOf(error) ?? error, connection);
      }
    }

    // While the server gives no more connections, those that it has given do all the work.
    override async acquireConnection(): Promise<unknown> {
      const acquire = (): Promise<object> => guard.turns.acquire(() => super.acquireConnection() as Promise<object>);
      return connectionOf(acquire, postgresTroubleOf, 'no_connection_left', guard);
    }

    override async releaseConnection(connection: object): Promise<void> {
      await super.releaseConnection(connection);
      guard.turns.release(connection);
    }

    override transaction(...parameters: Parameters<Knex.Client['transaction']>): Knex.Transaction {
      return beginningWith(begin, super.transaction(...parameters));
    }
  };
}

/** Asks for a connection again as long as the trouble is of a kind that passes. */
async function connectionOf(
  acquire: () => Promise<unknown>,
  troubleOf: (error: unknown) => DatabaseTrouble | undefined,
  passing: DatabaseTrouble['kind'],
  guard: Guard,
): Promise<unknown> {
  const givesUpAt = performance.now() + noConnectionMs;
  for (;;) {
    try {
      return await acquire();
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble?.kind !== passing || performance.now() > givesUpAt) throw told(guard, trouble ?? error);
      await pause(askAgainAfterMs);
    }
  }
}

/** A connection to what is damaged, moved or away is not used again: a new one sees what was put right. */
function told(guard: Guard, error: unknown, connection?: Connection): unknown {
  if (!(error instanceof DatabaseTrouble)) return error;
  if (connection && staleAfter.has(error.kind)) connection.__knex__disposed = error;
  guard.onTrouble(error);
  return error;
}

const staleAfter: ReadonlySet<string> = new Set(['damaged', 'disk_fails', 'not_opened', 'read_only', 'unreachable']);

async function endTransaction(rollBack: () => Promise<unknown>): Promise<void> {
  await rollBack().catch(() => undefined);
}

function isAboutNoTransaction(error: unknown): boolean {
  return error instanceof Error && error.message.includes('no transaction is active');
}

function beginningWith(sql: string, transaction: Knex.Transaction): Knex.Transaction {
  return Object.assign(transaction, {
    begin: (connection: unknown) => transaction.query(connection, sql, undefined, undefined),
  });
}
