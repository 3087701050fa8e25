import assert from 'node:assert/strict';
import { io, type Socket } from 'socket.io-client';
import type { EventPayload } from '../../server/contract/events.js';
import type { ConnectionStatus, SessionState } from '../../server/contract/sessions.js';
import type { WebVersion } from '../../server/whatsapp/connection/web-version-store.js';
import type { Disconnect } from '../../simulator/faults/disconnect.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

type Told = EventPayload<'connection-status'>;

const firstPauseMs = 300;

describe('a linked account whose connection ends with', () => {
  let simulator: TestSimulator;
  let server: TestServer;
  let live: Socket;
  let told: Told[];
  let versionsAsked = 0;
  let accounts = 0;
  let sessionId: string;
  let phoneNumber: string;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({
      simulator,
      env: { RECONNECT_FIRST_PAUSE_MS: String(firstPauseMs) },
      replace: {
        fetchWebVersion: () => {
          versionsAsked += 1;
          return Promise.resolve<WebVersion>([2, 3000, 1_999_999_999]);
        },
      },
    });
    live = io(server.url, { auth: { apiKey: server.apiKey }, transports: ['websocket'] });
    live.on('connection-status', (event: Told) => told.push(event));
    told = [];
    await eventually(() => live.connected, { what: 'the live connection' });
  });
  after(async () => {
    live.disconnect();
    await server.stop();
    await simulator.stop();
  });
  beforeEach(async () => {
    accounts += 1;
    sessionId = `acc${String(accounts)}`;
    ({ phoneNumber } = await linkAccount(server, simulator, sessionId));
    await eventually(() => states().at(-1) === 'connected', { what: 'the event of the connection' });
    await server.app.drain();
    told = [];
  });
  afterEach(() => callApi(server, 'DELETE', `/sessions/${sessionId}`));

  /** What was told when the state changed from `connected` on; what is learnt about the account is told too, before and in between. */
  const transitions = (): Told[] =>
    told
      .filter((one) => one.sessionId === sessionId)
      .filter((one, index, all) => one.status !== (index === 0 ? 'connected' : all[index - 1]?.status));
  const states = (): SessionState[] => transitions().map(({ status }) => status);
  const end = (how: Disconnect) => simulator.controls.faults.disconnect(phoneNumber, how);
  const reaches = (...expected: SessionState[]): Promise<void> =>
    eventually(() => assert.deepEqual(states(), expected), { timeoutMs: 10_000, what: expected.join(', ') });
  async function status(): Promise<ConnectionStatus> {
    const answer = await callApi<{ data: ConnectionStatus }>(server, 'GET', `/sessions/${sessionId}/connection-status`);
    return answer.data;
  }

  it('515: connects again at once, without a failure', async () => {
    end({ kind: 'restart-required' });
    await reaches('connecting', 'connected');
    assert.ok(told.every(({ lastError, nextRetryAt }) => lastError === null && nextRetryAt === null));
    assert.equal((await status()).health.reconnects, 1);
  });

  it('515 again and again: connects at once three times, then after a pause', async () => {
    simulator.controls.faults.add({ on: 'login', reason: '515', phoneNumber, times: 3 });
    end({ kind: 'restart-required' });
    await reaches('connecting', 'disconnected', 'connecting', 'connected');
    const [, paused] = transitions();
    assert.equal(paused?.lastError?.code, 515);
    assert.ok(paused.nextRetryAt !== null, 'it says when it tries again');
  });

  const mending: [number, Disconnect][] = [
    [408, { kind: 'stream-error', code: '408' }],
    [418, { kind: 'failure', reason: '418' }],
    [428, { kind: 'stream-end' }],
    [500, { kind: 'missing-acks' }],
    [503, { kind: 'stream-error', code: '503' }],
    [599, { kind: 'stream-error', code: '599' }],
  ];
  for (const [code, how] of mending) {
    it(`${String(code)}: says when it tries again, and is connected then`, async () => {
      const endedAtMs = Date.now();
      end(how);
      await reaches('disconnected', 'connecting', 'connected');
      const [lost, , back] = transitions();
      assert.equal(lost?.lastError?.code, code);
      assert.match(lost.lastError.message, /^[A-Z].*\.$/);
      const pauseMs = Date.parse(lost.nextRetryAt ?? '') - endedAtMs;
      assert.ok(pauseMs >= firstPauseMs / 2, String(pauseMs));
      assert.equal(back?.lastError, null);
      assert.equal(back.nextRetryAt, null);
    });
  }

  const lasting: [number, Disconnect][] = [
    [403, { kind: 'failure', reason: '403' }],
    [406, { kind: 'failure', reason: '406' }],
    [409, { kind: 'failure', reason: '409' }],
    [411, { kind: 'downgrade' }],
    [440, { kind: 'replaced' }],
  ];
  for (const [code, how] of lasting) {
    it(`${String(code)}: gives up with a remedy in words, and connects only when it is started`, async () => {
      end(how);
      await reaches('failed');
      const { lastError, nextRetryAt, state } = await status();
      assert.equal(state, 'failed');
      assert.equal(lastError?.code, code);
      assert.match(lastError.remedy ?? '', /^[A-Z].*\.$/);
      assert.ok(lastError.message.endsWith(lastError.remedy ?? '?'));
      assert.equal(nextRetryAt, null);
      assert.deepEqual(transitions()[0]?.lastError, lastError);
      await callApi(server, 'POST', `/sessions/${sessionId}/start`);
      await reaches('failed', 'starting', 'connecting', 'connected');
    });
  }

  it('401: is logged out, its credentials deleted, and asks to be linked again', async () => {
    end({ kind: 'device-removed' });
    await reaches('logged_out');
    const { lastError, ownNumber } = await status();
    assert.equal(lastError?.code, 401);
    assert.match(lastError.remedy ?? '', /link it anew/);
    assert.equal(ownNumber, null);
    await callApi(server, 'GET', `/sessions/${sessionId}/device`, { expected: 409 });
  });

  it('402: waits until the suspension is over, with a minute to spare, and says why', async () => {
    end({ kind: 'failure', reason: '402', attributes: { code: '106', expire: '3600' } });
    await reaches('disconnected');
    const waitMs = Date.parse(transitions()[0]?.nextRetryAt ?? '') - Date.now();
    assert.ok(waitMs > 3_650_000 && waitMs <= 3_660_000, String(waitMs));
    assert.match(transitions()[0]?.lastError?.message ?? '', /broadcast list/);
  });

  it('405: takes a newer version once and is connected; refused again, it gives up and asks no more', async () => {
    end({ kind: 'failure', reason: '405' });
    await eventually(() => assert.deepEqual(states().slice(-2), ['connecting', 'connected']));
    assert.equal(versionsAsked, 1);
    end({ kind: 'failure', reason: '405' });
    await eventually(() => assert.equal(states().at(-1), 'failed'));
    assert.equal(versionsAsked, 1);
    assert.match((await status()).lastError?.remedy ?? '', /Update this server/);
  });
});
