import { Agent } from 'node:http';
import sharp from 'sharp';
import { createMigratedPostgresDatabase } from '../support/postgres-server.js';
import type { TestEngine } from '../support/databases.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { requestDocument } from './json.js';
import { KnownThings } from './known-things.js';
import { type Answer, sendWire } from './send-wire.js';
import type { WireRequest } from './wire-request.js';

const linkedAccount = 'linked';

/** A server with a linked account, one that waits for a scan and one that is stopped, and WhatsApp behind it. */
export class FuzzWorld {
  readonly document = requestDocument();
  readonly known = new KnownThings(this.document);
  private readonly agent = new Agent({ keepAlive: true });

  private constructor(
    readonly server: TestServer,
    readonly simulator: TestSimulator,
    readonly picture: Buffer | undefined,
  ) {}

  /** `files`: whether any are uploaded, for which a process of its own is started. */
  static async start(engine: TestEngine, { files = true } = {}): Promise<FuzzWorld> {
    const simulator = await startTestSimulator();
    const env = engine === 'postgres' ? { DATABASE_URL: await createMigratedPostgresDatabase() } : {};
    const server = await startTestServer({ simulator, env: { ...env, RATE_LIMIT_MAX: '1000000' } });
    const black = { width: 8, height: 8, channels: 3, background: 'black' } as const;
    const picture = files ? await sharp({ create: black }).jpeg().toBuffer() : undefined;
    const world = new FuzzWorld(server, simulator, picture);
    await world.settle();
    return world;
  }

  /** The accounts that requests are about, as they were meant, whatever became of them; all others are deleted. */
  async settle(): Promise<void> {
    const { data } = await callApi<{ data: { sessionId: string; state: string }[] }>(
      this.server,
      'GET',
      '/sessions?limit=500',
    );
    for (const { sessionId, state } of data) {
      if (sessionId === linkedAccount && state === 'connected') continue;
      await callApi(this.server, 'DELETE', `/sessions/${encodeURIComponent(sessionId)}`);
    }
    if (!data.some(({ sessionId, state }) => sessionId === linkedAccount && state === 'connected')) {
      await linkAccount(this.server, this.simulator, linkedAccount);
      for (const { phoneNumber } of this.simulator.addContacts(20)) this.known.add('number', phoneNumber);
    }
    const others = [
      { sessionId: 'scan', authMethod: 'qrcode' },
      { sessionId: 'stopped', phoneNumber: '919812345678', start: false },
    ];
    for (const body of others) await callApi(this.server, 'POST', '/sessions', { body, expected: 201 });
    for (const name of ['scan', 'stopped', linkedAccount]) this.known.add('sessionId', name);
    this.known.add('organizationId', 'default');
  }

  send(wire: WireRequest): Promise<Answer> {
    return sendWire(this.server, this.agent, wire);
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    await this.server.stop();
    await this.simulator.stop();
  }
}
