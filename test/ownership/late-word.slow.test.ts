import assert from 'node:assert/strict';
import path from 'node:path';
import { io, type Socket } from 'socket.io-client';
import type { EventPayload } from '../../server/contract/events.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { createLogger } from '../../server/lib/logger.js';
import type { Disconnect } from '../../simulator/faults/disconnect.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';

/** As after a freeze: the database knows the new owner, this process does not yet. */
describe('a process that hears of its connection before it hears that another one has the account', function () {
  let simulator: TestSimulator;
  let server: TestServer;
  let db: Database;
  let live: Socket;
  let accounts = 0;
  let sessionId: string;
  let phoneNumber: string;
  let logged = '';
  const told: EventPayload<'connection-status'>[] = [];

  before(async () => {
    simulator = await startTestSimulator();
    // It asks for its leases every 150 s.
    server = await startTestServer({
      simulator,
      replace: { logger: createLogger({ logLevel: 'info' }, { write: (line) => (logged += line) }) },
      env: { SESSION_LEASE_SECONDS: '600', RECONNECT_FIRST_PAUSE_MS: '1', SESSION_STARTS_AT_ONCE: '1' },
    });
    db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    live = io(server.url, { auth: { apiKey: server.apiKey }, transports: ['websocket'] });
    live.on('connection-status', (event: EventPayload<'connection-status'>) => told.push(event));
    await eventually(() => live.connected, { what: 'the live connection' });
  });
  after(async () => {
    live.disconnect();
    await db.destroy();
    await server.stop();
    await simulator.stop();
  });
  beforeEach(async () => {
    accounts += 1;
    sessionId = `acc${String(accounts)}`;
    ({ phoneNumber } = await linkAccount(server, simulator, sessionId));
    await eventually(() => told.at(-1)?.sessionId === sessionId && told.at(-1)?.status === 'connected');
    await server.app.drain();
  });

  const takenOver = async (): Promise<void> => {
    const lease = db('session_leases').where({ session_id: sessionId });
    await lease.update({ holder: 'the next', node: 'two', machine: 'another one', token: db.raw('token + 1') });
    await db('sessions').where({ session_id: sessionId }).update({ node: 'two' });
  };
  const stored = async (): Promise<object> => {
    const session: object = await db('sessions').where({ session_id: sessionId }).first();
    const keys: object[] = await db('auth_keys').where({ session_id: sessionId }).orderBy(['kind', 'id']).select('id');
    const credentials: object[] = await db('auth_credentials').where({ session_id: sessionId }).select('value');
    return { session, keys, credentials };
  };
  const logins = (): number | undefined => simulator.controls.linking.account(phoneNumber).devices[0]?.logins;

  const ends: [string, Disconnect][] = [
    ['it was replaced', { kind: 'replaced' }],
    ['the phone unlinked the device', { kind: 'device-removed' }],
    ['WhatsApp asks for a new one', { kind: 'restart-required' }],
    ['WhatsApp is unavailable', { kind: 'stream-error', code: '503' }],
    ['the line was cut', { kind: 'reset' }],
    ['the account is blocked', { kind: 'failure', reason: '403' }],
  ];
  for (const [what, how] of ends) {
    it(`leaves the account, its credentials and its connection to that one: ${what}`, async () => {
      await takenOver();
      const before = await stored();
      const loginsBefore = logins();
      const toldBefore = told.length;
      logged = '';
      simulator.controls.faults.disconnect(phoneNumber, how);
      await eventually(() => logged.includes('connection closed'), { what: 'the end of the connection' });
      await server.app.drain();
      assert.deepEqual(await stored(), before);
      assert.equal(logins(), loginsBefore);
      assert.deepEqual(told.slice(toldBefore), []);
    });
  }

  it('opens no connection for it when its turn comes late', async () => {
    const first = await linkAccount(server, simulator, 'first');
    simulator.controls.faults.add({ on: 'query', xmlns: 'passive', unanswered: true, phoneNumber: first.phoneNumber });
    for (const waiting of ['first', sessionId]) await callApi(server, 'POST', `/sessions/${waiting}/restart`);
    await takenOver();
    const before = await stored();
    const loginsBefore = logins();
    await callApi(server, 'POST', '/sessions/first/stop');
    await server.app.drain();
    assert.deepEqual(await stored(), before);
    await simulator.drain();
    assert.equal(logins(), loginsBefore);
  });
});
