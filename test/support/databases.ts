import path from 'node:path';
import { connectDatabase, type Database, type DatabaseAddress } from '../../server/db/database.js';
import { writeMigratedSqlite } from './migrated-sqlite.js';
import { createMigratedPostgresDatabase, createPostgresDatabase } from './postgres-server.js';
import { makeTempDir } from './temp-dir.js';

export type TestEngine = 'sqlite' | 'postgres';

/** Opens a new database of its own with all tables; closed and removed after the test. */
export type OpenTestDatabase = () => Promise<Database>;

/** Runs the same tests on SQLite and on PostgreSQL. `open` may be called in `beforeEach` and in tests, as often as needed. */
export function describeOnEveryDatabase(
  title: string,
  tests: (open: OpenTestDatabase, engine: TestEngine) => void,
): void {
  describeOnEach(title, (engine, newFolder) => {
    const opened: Database[] = [];
    tests(async () => {
      const address: DatabaseAddress =
        engine === 'sqlite' ? { file: fileIn(await newFolder()) } : { url: await createMigratedPostgresDatabase() };
      if (address.file !== undefined) await writeMigratedSqlite(address.file);
      const db = await connectDatabase(address);
      opened.push(db);
      return db;
    }, engine);
    // After the hooks of the tests: what they stop may still ask the database, and waits for a closed one in vain.
    afterEach('close the databases', async () => {
      await Promise.all(opened.splice(0).map((db) => db.destroy()));
    });
  });
}

/** The same for tests that open databases themselves: `newAddress` names a new empty one. */
export function describeOnEveryEngine(
  title: string,
  tests: (newAddress: () => Promise<DatabaseAddress>, engine: TestEngine) => void,
): void {
  describeOnEach(title, (engine, newFolder) => {
    tests(
      async () => (engine === 'sqlite' ? { file: fileIn(await newFolder()) } : { url: await createPostgresDatabase() }),
      engine,
    );
  });
}

function describeOnEach(title: string, tests: (engine: TestEngine, newFolder: () => Promise<string>) => void): void {
  describe(`${title} (SQLite)`, () => {
    const folders: { remove: () => Promise<void> }[] = [];
    after('remove the folders', async () => {
      await Promise.all(folders.splice(0).map((folder) => folder.remove()));
    });
    tests('sqlite', async () => {
      const folder = await makeTempDir();
      folders.push(folder);
      return folder.dir;
    });
  });

  describe(`${title} (PostgreSQL)`, function () {
    // The first one starts the server.
    this.timeout(60_000);
    tests('postgres', () => Promise.reject(new Error('PostgreSQL has no folder.')));
  });
}

function fileIn(folder: string): string {
  return path.join(folder, 'test.sqlite');
}
