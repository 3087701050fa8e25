import { existsSync } from 'node:fs';
import type { Config } from './config.js';
import { checkDatabase, openDatabase, type Database } from './db/database.js';
import { DatabaseWatch } from './db/database-watch.js';
import { engineOf } from './db/dialect.js';
import type { HealthService } from './lib/health-service.js';
import type { Lifecycle } from './lib/lifecycle.js';
import type { Logger } from './lib/logger.js';
import { databaseHealth } from './monitoring/database-health.js';
import { authKeyFile } from './whatsapp/credentials/auth-cipher.js';

/** Opens the database with somebody who looks after it. */
export async function openWatchedDatabase(parts: {
  config: Config;
  logger: Logger;
  lifecycle: Lifecycle;
  health: HealthService;
}): Promise<{ database: Database; watch: DatabaseWatch }> {
  const { config, logger, lifecycle, health } = parts;
  const url = config.databaseUrl?.reveal();
  const file = config.databaseFile;
  const database = await openDatabase(
    { url, file, poolSize: config.databasePoolSize, onTrouble: (trouble) => watch.report(trouble) },
    ({ isNew, isChecked }) => {
      // A server that ran here before had accounts, and the key sealed theirs.
      if (isNew && existsSync(authKeyFile(config.dataDir))) logger.warn({ file: url ? undefined : file }, lostDatabase);
      if (!isChecked) logger.info({ file }, checkedInPart);
    },
  );
  const watch: DatabaseWatch = new DatabaseWatch({ check: () => checkDatabase(database), logger });
  lifecycle.add({ name: 'database', stop: () => database.destroy() });
  lifecycle.add({ name: 'look at the database', start: () => watch.start(), stop: () => watch.stop() });
  health.register('database', databaseHealth({ look: () => watch.look(), engine: engineOf(database) }));
  return { database, watch };
}

const lostDatabase =
  'the database is new although the key of an earlier one is there: its accounts and posts are not in this one. ' +
  'If the database was lost or DATA_DIR or DATABASE_URL is another one, stop the server and restore it';

const checkedInPart =
  'the database is too large to be checked at every start: run "PRAGMA quick_check" on it from time to time, best on a copy';
