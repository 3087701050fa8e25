import path from 'node:path';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { writeMigratedSqlite } from './migrated-sqlite.js';
import { makeTempDir } from './temp-dir.js';

export interface TestSqlite {
  db: Database;
  /** Closes it, and removes its folder. */
  remove: () => Promise<void>;
}

/** A new SQLite database with all tables, for rules that are the same on every engine. */
export async function openSqlite(): Promise<TestSqlite> {
  const folder = await makeTempDir();
  const file = path.join(folder.dir, 'test.sqlite');
  await writeMigratedSqlite(file);
  const db = await connectDatabase({ file });
  return {
    db,
    async remove() {
      await db.destroy();
      await folder.remove();
    },
  };
}
