import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import sqlite3 from 'sqlite3';
import { DatabaseTrouble } from '../lib/database-trouble.js';
import { movedTrouble, sqliteTroubleOf } from './database-troubles.js';

/** Makes the file where there is none, so that connections never do: one that is opened later would begin anew. */
export async function makeSqliteFile(file: string): Promise<void> {
  try {
    const handle = await open(file, 'a', 0o600);
    await handle.close();
  } catch (cause) {
    if (!isNotWritable(cause)) throw cause;
    // It can be read at least, and the first one who writes hears why not.
  }
}

function isNotWritable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EACCES', 'EPERM', 'EROFS'].includes(String(error.code));
}

/** Compares the files at the address of an open database with those that it has open. */
export class SqliteFile {
  private readonly identity: string | undefined;
  /** Of the write-ahead log, which comes and goes with the first and last connection. */
  private logIdentity: string | undefined;

  constructor(private readonly file: string) {
    this.identity = identityOf(file);
  }

  /** For when connections were given up: with the last of them the log goes, and the next one begins another. */
  forgetLog(): void {
    this.logIdentity = undefined;
  }

  /** One more connection to the very file that is open; never one to another file at its address, nor to a new one. */
  async connect(): Promise<sqlite3.Database> {
    this.requireSameFile();
    return openExisting(this.file);
  }

  /** Throws where what is written now would be lost: the log has what is committed and not yet in the file. */
  requireInPlace(): void {
    this.requireSameFile();
    const log = `${this.file}-wal`;
    const logIdentity = identityOf(log);
    this.logIdentity ??= logIdentity;
    if (logIdentity !== this.logIdentity) throw movedTrouble(log, logIdentity !== undefined);
  }

  private requireSameFile(): void {
    const identity = identityOf(this.file);
    if (identity !== this.identity) throw movedTrouble(this.file, identity !== undefined);
  }
}

/** Links are followed, as SQLite does. A file system that does not answer who a file is counts as none. */
function identityOf(file: string): string | undefined {
  const facts = statSync(file, { throwIfNoEntry: false, bigint: true });
  return facts && `${String(facts.dev)}:${String(facts.ino)}`;
}

const busyTimeoutMs = 10_000;
/** How much is checked at a start: what one of a few hundred megabytes takes. */
const longestCheckMs = 5_000;

/**
 * Reads the whole database and compares its pages and tables (`PRAGMA quick_check`). Throws {@link DatabaseTrouble} where it is
 * damaged. Answers false where the time did not suffice; then the rest of it is not known to be well.
 */
export async function quickCheck(file: string, timeoutMs = longestCheckMs): Promise<boolean> {
  const connection = await openExisting(file).catch((error: unknown) => {
    throw sqliteTroubleOf(error) ?? error;
  });
  // Another process may just be beginning with the same file.
  connection.configure('busyTimeout', busyTimeoutMs);
  const endsAtMs = performance.now() + timeoutMs;
  // Again and again: it ends only what is being done just then.
  const timer = setInterval(
    () => {
      if (performance.now() >= endsAtMs) connection.interrupt();
    },
    Math.min(timeoutMs, 50),
  );
  try {
    const rows = await new Promise<{ quick_check: string }[]>((resolve, reject) => {
      connection.all<{ quick_check: string }>('PRAGMA quick_check(3)', (error, found) => {
        if (error) reject(error);
        else resolve(found);
      });
    });
    const faults = rows.map((row) => row.quick_check).filter((line) => line !== 'ok');
    if (faults.length > 0) throw damaged(faults);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_INTERRUPT') return false;
    throw sqliteTroubleOf(error) ?? error;
  } finally {
    clearInterval(timer);
    await new Promise((resolve) => connection.close(resolve));
  }
}

function damaged(faults: readonly string[]): DatabaseTrouble {
  const cause = Object.assign(new Error(faults.join('; ')), { code: 'SQLITE_CORRUPT' });
  return sqliteTroubleOf(cause) ?? new DatabaseTrouble('damaged', cause.message, '');
}

/** Knex' own way of opening makes the file where there is none, whatever flags it is given. */
function openExisting(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const connection = new sqlite3.Database(file, sqlite3.OPEN_READWRITE, (error) => {
      if (error) reject(error);
      else resolve(connection);
    });
  });
}
