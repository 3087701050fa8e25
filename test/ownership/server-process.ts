import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import type { DatabaseAddress } from '../../server/db/database.js';
import { eventually } from '../support/eventually.js';
import type { SimulatorAddress } from '../support/test-server.js';

const apiKey = 'several-processes-test-key-0123456789';

export interface ServerProcessOptions {
  simulator: SimulatorAddress;
  /** Where it runs, and keeps its data unless `database` says otherwise. */
  dir: string;
  database?: DatabaseAddress;
  env?: NodeJS.ProcessEnv;
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
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), path.resolve('server/main.ts')], {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        API_KEY: apiKey,
        PORT: String(port),
        LOG_LEVEL: 'silent',
        RATE_LIMIT_MAX: '100000',
        POSTING_PACE: 'off',
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

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
