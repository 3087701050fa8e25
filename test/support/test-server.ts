import { existsSync } from 'node:fs';
import path from 'node:path';
import supertest from 'supertest';
import { createApp, type App, type Replaceable } from '../../server/app.js';
import { loadConfig } from '../../server/config.js';
import { answersAsDescribed } from './contract-answers.js';
import { keepEverything } from './keep-everything.js';
import { writeMigratedSqlite } from './migrated-sqlite.js';
import { makeTempDir } from './temp-dir.js';

/** The parts of a running simulator that the server is configured with. */
export interface SimulatorAddress {
  url: string;
  rootKeyHex: string;
  mediaCaFile: string;
}

export interface TestServerOptions {
  /** Points the server at this simulator. Without it the server knows no WhatsApp, and must not open a session. */
  simulator?: SimulatorAddress;
  /** Settings that differ from those of the tests. */
  env?: NodeJS.ProcessEnv;
  replace?: Partial<Replaceable>;
  /** Starts on the data of an earlier server, which keeps its folder when it is stopped with `keepData`. */
  dataDir?: string;
  /** Begins without a SQLite file, and makes its tables itself. */
  isNew?: boolean;
}

export interface TestServer {
  app: App;
  url: string;
  /** The root key. */
  apiKey: string;
  /** Makes requests with the root key. */
  request: ReturnType<typeof supertest.agent>;
  /** Makes requests without any key. */
  anonymous: ReturnType<typeof supertest.agent>;
  dataDir: string;
  stop: (options?: { keepData?: boolean }) => Promise<void>;
}

const apiKey = 'test-root-key-0123456789abcdef';
/** Nothing listens there: a test that forgets the simulator fails on the loopback instead of reaching the internet. */
const nowhere = 'ws://127.0.0.1:9/ws/chat';

/**
 * A whole server of its own: own folder, own SQLite file, a free port. Every answer is checked twice: by the server against the
 * schema of its route, and what its agents receive against the published OpenAPI document.
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const temp = options.dataDir === undefined ? await makeTempDir() : undefined;
  const dataDir = options.dataDir ?? temp?.dir ?? '';
  const remove = temp?.remove ?? (() => Promise.resolve());
  const config = loadConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    API_KEY: apiKey,
    DATA_DIR: path.join(dataDir, 'data'),
    UPLOADS_DIR: path.join(dataDir, 'uploads'),
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    RATE_LIMIT_MAX: '100000',
    POSTING_PACE: 'off',
    ...keepEverything,
    WHATSAPP_URL: options.simulator?.url ?? nowhere,
    WHATSAPP_ROOT_KEY: options.simulator?.rootKeyHex ?? '',
    WHATSAPP_MEDIA_CA_FILE: options.simulator?.mediaCaFile ?? '',
    ...options.env,
  });
  let app: App;
  try {
    // A copy of a migrated file: migrating takes longer than all the rest of a start.
    const isCopied = config.databaseUrl === null && !options.isNew;
    if (isCopied && !existsSync(config.databaseFile)) await writeMigratedSqlite(config.databaseFile);
    const program = mediaWorkerProgram();
    app = await createApp(config, { checkAnswers: true, ...(program && { mediaWorker: program }), ...options.replace });
    await app.start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    app,
    url: app.url,
    apiKey: config.apiKey.reveal(),
    request: supertest.agent(app.url).use(answersAsDescribed).set('x-api-key', config.apiKey.reveal()),
    anonymous: supertest.agent(app.url).use(answersAsDescribed),
    dataDir,
    async stop({ keepData = false } = {}) {
      await app.stop();
      if (!keepData) await remove();
    },
  };
}

/** `npm test` has just built it, and the built program begins in a fraction of the time. Undefined for the sources. */
export function mediaWorkerProgram(): string | undefined {
  const built = process.env['SERVER_PROGRAM'];
  return built ? path.join(path.dirname(built), 'media-worker', 'main.js') : undefined;
}
