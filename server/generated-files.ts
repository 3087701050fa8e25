import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createApp } from './app.js';
import { loadConfig } from './config.js';
import { openDatabase } from './db/database.js';
import { readSchema } from './db/schema.js';
import { schemaPage } from './db/schema-page.js';
import { envExample } from './env-example.js';
import { eventsPage } from './events/events-page.js';
import { openApiDocument } from './http/openapi/openapi.js';
import { dictionaryPage } from './whatsapp/wire/page.js';

/**
 * The files of the repository that are made from the code: path below the root, and text.
 * @param tableWriters table → files below `server` that write to it
 */
export async function generatedFiles(
  tableWriters: ReadonlyMap<string, readonly string[]>,
): Promise<ReadonlyMap<string, string>> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'statuscast-generate-'));
  try {
    const config = loadConfig({ API_KEY: 'only for making the files', DATA_DIR: scratch, LOG_LEVEL: 'silent' });
    const app = await createApp(config);
    const openApi = openApiDocument(app.routes);
    await app.stop();
    const database = await openDatabase({ file: path.join(scratch, 'schema.sqlite') });
    const tables = await readSchema(database);
    await database.destroy();
    return new Map([
      ['.env.example', envExample()],
      ['docs/generated/events.md', eventsPage()],
      ['docs/generated/openapi.json', `${JSON.stringify(openApi, null, 2)}\n`],
      ['docs/generated/schema.md', schemaPage(tables, tableWriters)],
      ['docs/generated/stanzas.md', dictionaryPage()],
    ]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
