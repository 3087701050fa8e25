import assert from 'node:assert/strict';
import { io, type Socket } from 'socket.io-client';
import type { EventPayload } from '../../server/contract/events.js';
import { signInWith } from '../access/signed-in.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { describeOnEveryEngine } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describeOnEveryEngine('live events of two servers on one database', function (newAddress) {
  let simulator: TestSimulator;
  let owner: TestServer;
  let other: TestServer;
  let live: Socket;
  let heard: [string, unknown][];

  before(async function () {
    this.timeout(60_000);
    simulator = await startTestSimulator();
    const { url } = await newAddress();
    const env = url === undefined ? {} : { DATABASE_URL: url };
    owner = await startTestServer({ simulator, env });
    other = await startTestServer({ simulator, env, dataDir: owner.dataDir });
    heard = [];
    live = io(other.url, { auth: { apiKey: other.apiKey }, transports: ['websocket'] });
    live.onAny((name: string, payload: unknown) => heard.push([name, payload]));
    await eventually(() => live.connected, { what: 'the live connection' });
  });
  after(async () => {
    live.disconnect();
    await other.stop({ keepData: true });
    await owner.stop();
    await simulator.stop();
  });

  const named = <N extends 'connection-status' | 'status-sent'>(name: N) =>
    heard.filter(([one]) => one === name).map(([, payload]) => payload as EventPayload<N>);

  it('let in with one sign-in, which one ends for both', async () => {
    const cookie = await signInWith(owner.url, owner.apiKey);
    const statuses = () =>
      Promise.all(
        [owner, other].map(async ({ url }) => (await fetch(`${url}/api/me`, { headers: { cookie } })).status),
      );
    assert.deepEqual(await statuses(), [200, 200]);
    const headers = { cookie, origin: other.url };
    assert.equal((await fetch(`${other.url}/api/sign-in`, { method: 'DELETE', headers })).status, 204);
    assert.deepEqual(await statuses(), [401, 401]);
  });

  it('reach whoever is connected to the other one, each once; codes for linking stay where they are made', async () => {
    await linkAccount(owner, simulator);
    await eventually(() => assert.equal(named('connection-status').at(-1)?.status, 'connected'));
    const contact = simulator.addContacts(1)[0]?.phoneNumber;
    const body = { type: 'text', content: 'Fresh bread', targetNumbers: [contact] };
    await callApi(owner, 'POST', '/sessions/acc1/send-status', { body, expected: 202 });
    await eventually(() => assert.equal(named('status-sent').length, 1), { timeoutMs: 10_000 });
    await callApi(owner, 'DELETE', '/sessions/acc1');
    await eventually(() => assert.equal(heard.at(-1)?.[0], 'session-deleted'));
    const names = heard.map(([name]) => name);
    for (const once of ['session-created', 'status-sent', 'session-deleted']) {
      assert.equal(names.filter((name) => name === once).length, 1, once);
    }
    assert.ok(!names.includes('qr-code'));
  });
});
