import assert from 'node:assert/strict';
import { io, type Socket } from 'socket.io-client';
import type { EventPayload } from '../../server/contract/events.js';
import type { CreatedApiKey } from '../../server/contract/access.js';
import type { Health } from '../../server/contract/monitoring.js';
import type { ConnectionStatus, DeletedSession, QrCode } from '../../server/contract/sessions.js';
import type { Success } from '../../server/contract/envelope.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

type Told = EventPayload<'connection-status'>;

describe('a session on its way to WhatsApp', () => {
  let simulator: TestSimulator;
  let server: TestServer;
  let live: Socket;
  let told: Told[];

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    told = [];
    live = io(server.url, { auth: { apiKey: server.apiKey }, transports: ['websocket'] });
    live.on('connection-status', (event: Told) => told.push(event));
    await eventually(() => live.connected, { what: 'the live connection' });
  });
  after(async () => {
    live.disconnect();
    await server.stop();
    await simulator.stop();
  });

  const statusOf = async (sessionId: string): Promise<ConnectionStatus> =>
    (await callApi<Success<ConnectionStatus>>(server, 'GET', `/sessions/${sessionId}/connection-status`)).data;
  const qrOf = async (sessionId: string): Promise<QrCode> =>
    (await callApi<Success<QrCode>>(server, 'GET', `/sessions/${sessionId}/qr`)).data;

  it('fails with words when nobody scans in time (408 before pairing), and shows a new code when it is started', async () => {
    simulator.controls.changeSettings({ firstQrMs: 400, qrRefs: 1 });
    const body = { sessionId: 'late', sessionName: 'L', authMethod: 'qrcode' };
    await callApi(server, 'POST', '/sessions', { body, expected: 201 });
    const dead = await qrOf('late');
    await eventually(() => assert.equal(told.at(-1)?.status, 'failed'), { timeoutMs: 10_000, what: 'the end' });
    const { state, lastError, nextRetryAt, qrCode } = await statusOf('late');
    assert.deepEqual([state, lastError?.code, nextRetryAt, qrCode], ['failed', 408, null, null]);
    assert.match(lastError?.message ?? '', /in time/);
    assert.match(lastError?.remedy ?? '', /^[A-Z].*\.$/);
    assert.deepEqual(told.at(-1)?.lastError, lastError);
    await assert.rejects(simulator.scanQr(dead.qr));
    await callApi(server, 'GET', '/sessions/late/qr', { expected: 409 });

    simulator.controls.changeSettings({ firstQrMs: 60_000, qrRefs: 6 });
    await callApi(server, 'POST', '/sessions/late/start');
    const fresh = await qrOf('late');
    assert.notEqual(fresh.qr, dead.qr);
    await simulator.scanQr(fresh.qr);
    assert.equal((await waitUntilConnected(server, 'late')).lastError, null);
  });

  it('is deleted with a warning when WhatsApp does not confirm that the device is unlinked', async () => {
    const { phoneNumber } = await linkAccount(server, simulator, 'left');
    simulator.controls.faults.add({ on: 'query', xmlns: 'md', code: 500, phoneNumber, times: 1 });
    const { data } = await callApi<Success<DeletedSession>>(server, 'DELETE', '/sessions/left');
    assert.equal(data.deviceUnlinked, false);
    assert.match(data.message, /Linked devices/);
    assert.equal(simulator.controls.linking.account(phoneNumber).devices.length, 1);
    await callApi(server, 'GET', '/sessions/left', { expected: 404 });
  });

  it('appears only in the health that its own organization sees', async () => {
    const { data: organization } = await callApi<Success<{ id: string }>>(server, 'POST', '/organizations', {
      body: { name: 'Elsewhere' },
      expected: 201,
    });
    const { data: made } = await callApi<Success<CreatedApiKey>>(server, 'POST', '/keys', {
      body: { name: 'there', organizationId: organization.id, capabilities: ['read', 'manage'] },
      expected: 201,
    });
    const there = { url: server.url, apiKey: made.apiKey };
    const body = { sessionName: 'S', authMethod: 'qrcode', start: false };
    await callApi(server, 'POST', '/sessions', { body: { ...body, sessionId: 'here1' }, expected: 201 });
    await callApi(there, 'POST', '/sessions', { body: { ...body, sessionId: 'there1' }, expected: 201 });
    const seenBy = async (from: { url: string; apiKey: string }): Promise<string[]> =>
      (await callApi<Success<Health>>(from, 'GET', '/health')).data.accounts.map(({ sessionId }) => sessionId);
    assert.deepEqual(await seenBy(there), ['there1']);
    const all = await seenBy(server);
    assert.ok(all.includes('here1') && all.includes('there1'));
  });
});

describe('many sessions that start together', () => {
  it('set out a few at a time, and no more than are allowed within a minute', async () => {
    const simulator = await startTestSimulator();
    const env = { SESSION_STARTS_AT_ONCE: '2', SESSION_STARTS_PER_MINUTE: '5' };
    const server = await startTestServer({ simulator, env });
    try {
      for (let index = 0; index < 8; index += 1) {
        const body = { sessionId: `acc${String(index)}`, sessionName: 'S', authMethod: 'qrcode' };
        await callApi(server, 'POST', '/sessions', { body, expected: 201 });
      }
      const states = async (): Promise<string[]> =>
        (await callApi<{ data: { state: string }[] }>(server, 'GET', '/sessions')).data.map(({ state }) => state);
      const areOnTheWire = (count: number): Promise<void> =>
        eventually(async () => {
          const shown = (await states()).filter((state) => state === 'waiting_for_qr').length;
          assert.deepEqual([shown, simulator.controls.usage().connections], [count, count]);
        });
      await areOnTheWire(5);
      const toStart = async (from: { url: string; apiKey: string }): Promise<number> =>
        (await callApi<Success<Health>>(from, 'GET', '/health')).data.accountsToStart;
      assert.equal(await toStart(server), 3);
      const { data: organization } = await callApi<Success<{ id: string }>>(server, 'POST', '/organizations', {
        body: { name: 'Elsewhere' },
        expected: 201,
      });
      const { data: made } = await callApi<Success<CreatedApiKey>>(server, 'POST', '/keys', {
        body: { name: 'there', organizationId: organization.id, capabilities: ['read'] },
        expected: 201,
      });
      assert.equal(await toStart({ url: server.url, apiKey: made.apiKey }), 0, 'those of others are counted');
      // A place that becomes free is not another start within the minute.
      await callApi(server, 'POST', '/sessions/acc0/stop');
      await areOnTheWire(4);
      assert.equal((await states()).filter((state) => state === 'starting').length, 3);
    } finally {
      await server.stop();
      await simulator.stop();
    }
  });
});
