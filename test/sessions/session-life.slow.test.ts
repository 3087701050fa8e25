import assert from 'node:assert/strict';
import path from 'node:path';
import type { ConnectionStatus } from '../../server/contract/sessions.js';
import { connectDatabase } from '../../server/db/database.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { linkAccount, waitUntilConnected } from '../support/link-account.js';

describe('the life of a linked account', () => {
  let simulator: TestSimulator;
  let server: TestServer;
  let phoneNumber: string;
  beforeEach(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    ({ phoneNumber } = await linkAccount(server, simulator));
  });
  afterEach(async () => {
    await server.stop();
    await simulator.stop();
  });

  const status = async (): Promise<ConnectionStatus> =>
    (await server.request.get('/api/sessions/acc1/connection-status').expect(200)).body.data;
  const reaches = (state: ConnectionStatus['state']): Promise<void> =>
    eventually(async () => assert.equal((await status()).state, state), { timeoutMs: 15_000, what: state });
  const devices = () => simulator.controls.linking.account(phoneNumber).devices;

  it('comes back connected after a restart of the server, without pairing again', async () => {
    await server.stop({ keepData: true });
    const { dataDir } = server;
    assert.equal(devices()[0]?.online, false);
    server = await startTestServer({ simulator, dataDir });
    await reaches('connected');
    assert.equal(devices().length, 1);
  });

  it('stays stopped after a restart when somebody had stopped it, and starts again linked', async () => {
    await server.request.post('/api/sessions/acc1/stop').expect(200);
    await server.stop({ keepData: true });
    server = await startTestServer({ simulator, dataDir: server.dataDir });
    assert.equal((await status()).state, 'stopped');
    await server.request.post('/api/sessions/acc1/start').expect(200);
    await reaches('connected');
  });

  it('shows a new code after a restart of the server when it was being linked, and can be linked by it', async () => {
    const codeOf = async (sessionId: string, what: 'qr' | 'pairing-code') =>
      (await server.request.get(`/api/sessions/${sessionId}/${what}`).expect(200)).body.data;
    await server.request.post('/api/sessions').send({ sessionId: 'new1', authMethod: 'qrcode' }).expect(201);
    await server.request.post('/api/sessions').send({ sessionId: 'new2', phoneNumber: '4915123456789' }).expect(201);
    const { qr: deadQr } = await codeOf('new1', 'qr');
    const { pairingCode: deadCode } = await codeOf('new2', 'pairing-code');
    await server.stop({ keepData: true });
    server = await startTestServer({ simulator, dataDir: server.dataDir });
    const { qr } = await codeOf('new1', 'qr');
    const { pairingCode } = await codeOf('new2', 'pairing-code');
    assert.notEqual(qr, deadQr);
    assert.notEqual(pairingCode, deadCode);
    await simulator.scanQr(qr);
    await simulator.enterCode('4915123456789', pairingCode.replace('-', ''));
    await waitUntilConnected(server, 'new1');
    await waitUntilConnected(server, 'new2');
  });

  it('links anew when the process had died before WhatsApp had the confirmation of the link', async () => {
    await server.stop({ keepData: true });
    // What such a death leaves: credentials that are stored, a record that nobody wrote to, a device that WhatsApp forgot.
    simulator.controls.linking.unlink(phoneNumber);
    const db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    await db('sessions').update({ state: 'waiting_for_qr', jid: null, lid: null, last_connected_at: null });
    await db.destroy();
    server = await startTestServer({ simulator, dataDir: server.dataDir });
    await reaches('waiting_for_qr');
    const { lastError, qrCode } = await status();
    assert.match(lastError?.message ?? '', /interrupted.*Scan the new QR code/);
    assert.ok(qrCode);
    const { qr } = (await server.request.get('/api/sessions/acc1/qr').expect(200)).body.data;
    await simulator.scanQr(qr, { phoneNumber });
    await reaches('connected');
    assert.equal((await status()).lastError, null);
    assert.equal(devices().length, 1);
  });

  it('reconnects by itself when the connection is lost, and says when', async () => {
    simulator.controls.faults.disconnect(phoneNumber, { kind: 'reset' });
    await reaches('disconnected');
    const lost = await status();
    assert.equal(lost.lastError?.code, 428);
    assert.ok(lost.nextRetryAt);
    await reaches('connected');
    assert.equal((await status()).lastError, null);
  });

  it('is logged out, with its credentials gone, when the phone unlinks it; linking again works', async () => {
    simulator.controls.linking.unlink(phoneNumber);
    await reaches('logged_out');
    assert.match((await status()).lastError?.message ?? '', /unlinked/);
    await server.request.post('/api/sessions/acc1/start').expect(200);
    const { qr } = (await server.request.get('/api/sessions/acc1/qr').expect(200)).body.data;
    await simulator.scanQr(qr, { phoneNumber });
    await reaches('connected');
  });

  it('fails with a sentence, and does not fight, when another program takes its place', async () => {
    simulator.controls.faults.disconnect(phoneNumber, { kind: 'replaced' });
    await reaches('failed');
    const failed = await status();
    assert.equal(failed.lastError?.code, 440);
    assert.equal(failed.nextRetryAt, null);
    await server.request.post('/api/sessions/acc1/restart').expect(200);
    await reaches('connected');
  });

  it('ends with the device gone from the phone, and everything of the session deleted, when it is deleted', async () => {
    const gone = (await server.request.delete('/api/sessions/acc1').expect(200)).body.data;
    assert.equal(gone.deviceUnlinked, true);
    assert.deepEqual(devices(), []);
    await server.request.get('/api/sessions/acc1').expect(404);
    await server.request.delete('/api/sessions/acc1').expect(404);
    const list = (await server.request.get('/api/sessions').expect(200)).body;
    assert.equal(list.meta.total, 0);
  });

  it('takes stops, starts, restarts and deletes at the same time', async () => {
    const verbs = ['stop', 'start', 'restart', 'stop', 'start', 'start', 'stop'];
    const answers = await Promise.all(verbs.map((verb) => server.request.post(`/api/sessions/acc1/${verb}`)));
    assert.deepEqual(
      answers.map((answer) => answer.status),
      verbs.map(() => 200),
    );
    await server.request.post('/api/sessions/acc1/start').expect(200);
    await reaches('connected');
    assert.equal(devices().length, 1);
    const deleted = await Promise.all([1, 2, 3].map(() => server.request.delete('/api/sessions/acc1')));
    for (const answer of deleted) assert.ok([200, 404].includes(answer.status), String(answer.status));
    assert.deepEqual(devices(), []);
  });
});
