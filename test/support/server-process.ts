import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DatabaseAddress } from '../../server/db/database.js';
import { projectRoot } from '../../server/lib/project-root.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { keepEverything } from './keep-everything.js';
import type { SimulatorAddress } from './test-server.js';

const apiKey = 'several-processes-test-key-0123456789';

export interface ServerProcessOptions {
  simulator: SimulatorAddress;
  /** Where it runs, and keeps its data unless `database` says otherwise. */
  dir: string;
  database?: DatabaseAddress;
  env?: NodeJS.ProcessEnv;
}

/**
 * What Node is given to run the server. `npm test` has just built it and names the built program, which starts in half
 * the time; a test file run by itself takes the sources.
 */
export function serverProgram(): string[] {
  const built = process.env['SERVER_PROGRAM'];
  if (built) return [built];
  // Mocha may load this file as CommonJS, where `import.meta.resolve` does not exist.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return ['--import', tsx, path.join(projectRoot(), 'server', 'main.ts')];
}

/** The real program in a process of its own, which may be killed. */
export class ServerProcess {
  readonly apiKey = apiKey;

  private constructor(
    readonly url: string,
    readonly child: ChildProcess,
  ) {}

  /** Resolves as soon as it runs; {@link ready} when it answers. */
  static async launch({ simulator, dir, database, env }: ServerProcessOptions): Promise<ServerProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, serverProgram(), {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        API_KEY: apiKey,
        PORT: String(port),
        LOG_LEVEL: 'silent',
        RATE_LIMIT_MAX: '100000',
        POSTING_PACE: 'off',
        ...keepEverything,
        WHATSAPP_URL: simulator.url,
        WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
        WHATSAPP_MEDIA_CA_FILE: simulator.mediaCaFile,
        DATABASE_URL: database?.url,
        ...env,
      },
    });
    return new ServerProcess(`http://127.0.0.1:${String(port)}`, child);
  }

  static async start(options: ServerProcessOptions): Promise<ServerProcess> {
    const server = await ServerProcess.launch(options);
    await server.ready();
    return server;
  }

  async ready(): Promise<void> {
    await eventually(async () => (await fetch(`${this.url}/readyz`)).ok, { timeoutMs: 60_000, what: 'the server' });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Ends it and waits for that. Already ended is success. */
  async end(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }
}
