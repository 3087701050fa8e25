import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openDatabase } from '../../server/db/database.js';
import { makeTempDir } from './temp-dir.js';

let sqliteWithAllTables: Promise<Buffer> | undefined;

/** Writes an SQLite file with all tables, a copy of one that was migrated: migrating takes longer than most tests. */
export async function writeMigratedSqlite(file: string): Promise<void> {
  sqliteWithAllTables ??= migrateOne();
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, await sqliteWithAllTables, { mode: 0o600 });
}

async function migrateOne(): Promise<Buffer> {
  const folder = await makeTempDir();
  try {
    const file = path.join(folder.dir, 'first.sqlite');
    await openDatabase({ file }).then((db) => db.destroy());
    return await readFile(file);
  } finally {
    await folder.remove();
  }
}
