import path from 'node:path';
import { openDatabase, type Database, type DatabaseAddress } from '../../server/db/database.js';
import { createPostgresDatabase } from './postgres-server.js';
import { makeTempDir } from './temp-dir.js';

export type TestEngine = 'sqlite' | 'postgres';

/** Opens a new database of its own with all tables; closed and removed after the test. */
export type OpenTestDatabase = () => Promise<Database>;

/** Runs the same tests on SQLite and on PostgreSQL. `open` may be called in `beforeEach` and in tests, as often as needed. */
export function describeOnEveryDatabase(
  title: string,
  tests: (open: OpenTestDatabase, engine: TestEngine) => void,
): void {
  describeOnEveryEngine(title, (newAddress, engine) => {
    const opened: Database[] = [];
    afterEach('close the databases', async () => {
      await Promise.all(opened.splice(0).map((db) => db.destroy()));
    });
    tests(async () => {
      const db = await openDatabase(await newAddress());
      opened.push(db);
      return db;
    }, engine);
  });
}

/** The same for tests that open databases themselves: `newAddress` names a new empty one. */
export function describeOnEveryEngine(
  title: string,
  tests: (newAddress: () => Promise<DatabaseAddress>, engine: TestEngine) => void,
): void {
  describe(`${title} (SQLite)`, () => {
    const folders: { remove: () => Promise<void> }[] = [];
    after('remove the folders', async () => {
      await Promise.all(folders.splice(0).map((folder) => folder.remove()));
    });
    tests(async () => {
      const folder = await makeTempDir();
      folders.push(folder);
      return { file: path.join(folder.dir, 'test.sqlite') };
    }, 'sqlite');
  });

  describe(`${title} (PostgreSQL)`, function () {
    // The first one starts the server.
    this.timeout(60_000);
    tests(async () => ({ url: await createPostgresDatabase() }), 'postgres');
  });
}
