import assert from 'node:assert/strict';
import { io, type Socket } from 'socket.io-client';
import { makeKey } from '../support/principals.js';
import { eventually } from '../support/eventually.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('how many live connections there may be', () => {
  let server: TestServer;
  let sockets: Socket[];
  const keys: Record<string, string> = {};
  before(async () => {
    server = await startTestServer({ env: { MAX_ORGANIZATION_LIVE_CONNECTIONS: '2', MAX_LIVE_CONNECTIONS: '5' } });
    for (const id of ['acme', 'globex']) {
      await server.request.post('/api/organizations').send({ id, name: id }).expect(201);
      keys[id] = (await makeKey(server, { organizationId: id })).apiKey;
    }
    keys['root'] = server.apiKey;
  });
  after(() => server.stop());
  beforeEach(() => (sockets = []));
  afterEach(() => {
    for (const socket of sockets) socket.disconnect();
  });

  /** Rejects as the connection is refused. */
  async function connect(who: string): Promise<Socket> {
    const options = { transports: ['websocket'], reconnection: false, forceNew: true };
    const socket = io(server.url, { ...options, auth: { apiKey: keys[who] } });
    sockets.push(socket);
    await new Promise((resolve, reject) => socket.once('connect', () => resolve(true)).once('connect_error', reject));
    return socket;
  }

  it('is for each organization to use by itself, and no attempt too many counts as a wrong key', async () => {
    const first = await connect('acme');
    await connect('acme');
    for (let nth = 0; nth < 2; nth += 1) {
      await assert.rejects(connect('acme'), {
        data: { code: 'unavailable' },
        message: /have 2 live connections, which is as many as they may\. Close some/,
      });
    }
    await connect('globex');
    await connect('root');
    first.disconnect();
    await eventually(() => connect('acme'), { what: 'the place that was given back' });
    await assert.rejects(connect('acme'));
  });

  it('is limited for everybody together as well', async () => {
    // Places of those before are given back as the server hears of their end.
    for (const who of ['acme', 'acme', 'globex', 'root', 'root']) await eventually(() => connect(who));
    await assert.rejects(connect('root'), /websocket error/);
  });
});
