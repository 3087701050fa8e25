import assert from 'node:assert/strict';
import type { ConnectionStatus, Device, Session } from '../../server/contract/sessions.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('running an account over the API', () => {
  let simulator: TestSimulator;
  let server: TestServer;
  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { RECONNECT_FIRST_PAUSE_MS: '200' } });
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const devices = (phoneNumber: string) => simulator.controls.linking.account(phoneNumber).devices;
  async function status(sessionId: string): Promise<ConnectionStatus> {
    return (await callApi<{ data: ConnectionStatus }>(server, 'GET', `/sessions/${sessionId}/connection-status`)).data;
  }
  const reaches = (sessionId: string, state: Session['state']): Promise<void> =>
    eventually(async () => assert.equal((await status(sessionId)).state, state), { timeoutMs: 15_000, what: state });

  it('logs out: the phone lists no device, and a second time is success', async () => {
    const { phoneNumber } = await linkAccount(server, simulator, 'out1');
    const first = (await server.request.post('/api/sessions/out1/logout').expect(200)).body.data as Session;
    assert.equal(first.state, 'logged_out');
    assert.deepEqual(devices(phoneNumber), []);
    await server.request.post('/api/sessions/out1/logout').expect(200);
  });

  it('logs out with 502 when WhatsApp does not confirm it, and has no credentials left all the same', async () => {
    const { phoneNumber } = await linkAccount(server, simulator, 'out2');
    simulator.controls.faults.add({ on: 'query', xmlns: 'md', code: 500, phoneNumber, times: 1 });
    const answer = await server.request.post('/api/sessions/out2/logout').expect(502);
    assert.equal(answer.body.code, 'whatsapp_error');
    assert.equal(devices(phoneNumber).length, 1);
    const { state, lastError } = await status('out2');
    assert.equal(state, 'logged_out');
    assert.match(lastError?.remedy ?? '', /Linked devices/);
    await server.request.post('/api/sessions/out2/logout').expect(200);
  });

  it('unlinks the device also of a stopped session that is deleted', async () => {
    const { phoneNumber } = await linkAccount(server, simulator, 'gone');
    await server.request.post('/api/sessions/gone/stop').expect(200);
    assert.equal(devices(phoneNumber).length, 1);
    const answer = await server.request.delete('/api/sessions/gone').expect(200);
    assert.equal(answer.body.data.deviceUnlinked, true);
    assert.deepEqual(devices(phoneNumber), []);
  });

  it('tells the device, its health, and lists it in the health of the server', async () => {
    const { phoneNumber } = await linkAccount(server, simulator, 'dev');
    const device = (await server.request.get('/api/sessions/dev/device').expect(200)).body.data as Device;
    assert.equal(device.phoneNumber, phoneNumber);
    assert.equal(device.platform, 'android');
    const health = (await server.request.get('/api/health').expect(200)).body.data;
    const own = health.accounts.find((one: { sessionId: string }) => one.sessionId === 'dev');
    assert.equal(own.state, 'connected');
    assert.ok(own.lastEventAt);
    assert.equal(own.pendingOfflineItems, 0);
  });

  it('changes name and limits', async () => {
    await server.request
      .post('/api/sessions')
      .send({ sessionId: 'set', sessionName: 'Old', authMethod: 'qrcode', start: false, ratePerMin: 3 })
      .expect(201);
    const changes = { sessionName: 'New', ratePerHour: 30 };
    const answer = await server.request.patch('/api/sessions/set').send(changes).expect(200);
    const { sessionName, ratePerMin, ratePerHour } = answer.body.data as Session;
    assert.deepEqual([sessionName, ratePerMin, ratePerHour], ['New', 3, 30]);
    await server.request.patch('/api/sessions/set').send({}).expect(400);
    await server.request.patch('/api/sessions/set').send({ ratePerMin: 0 }).expect(400);
  });

  it('takes another number for pairing, warns of an unlikely one, and refuses once linked', async () => {
    await server.request
      .post('/api/sessions')
      .send({ sessionId: 'num', sessionName: 'N', phoneNumber: '4915123456789' })
      .expect(201);
    await server.request.get('/api/sessions/num/pairing-code').expect(200);
    const other = await server.request.put('/api/sessions/num/phone-number').send({ phoneNumber: '+1 555 123 4567' });
    assert.equal(other.status, 200);
    assert.match(other.body.data.phoneNumberWarning, /not a number that \+1 is known to give out/);
    const right = { phoneNumber: '4915100000001' };
    await server.request.put('/api/sessions/num/phone-number').send(right).expect(200);
    const code = (await server.request.get('/api/sessions/num/pairing-code').expect(200)).body.data;
    assert.equal(code.phoneNumber, right.phoneNumber);
    await simulator.enterCode(right.phoneNumber, code.pairingCode.replace('-', ''));
    await reaches('num', 'connected');
    await server.request.put('/api/sessions/num/phone-number').send(right).expect(409);
  });

  it('says at once and in words that WhatsApp gives no pairing code for a number', async () => {
    await server.request
      .post('/api/sessions')
      .send({ sessionId: 'no', sessionName: 'N', authMethod: 'qrcode' })
      .expect(201);
    await server.request.get('/api/sessions/no/qr').expect(200);
    simulator.controls.changeSettings({ linkCodeError: 429 });
    const answer = await server.request
      .post('/api/sessions/no/request-pairing-code')
      .send({ phoneNumber: '4915123450000' });
    simulator.controls.changeSettings({ linkCodeError: null });
    assert.equal(answer.status, 502, JSON.stringify(answer.body));
    assert.match(answer.body.error, /code 429/);
    assert.equal((await status('no')).state, 'failed');
  });

  it('explains an account behind the passkey gate instead of waiting for ever', async () => {
    const { phoneNumber } = simulator.controls.linking.addAccount();
    simulator.controls.accounts.change(phoneNumber, { passkeyGated: true });
    await server.request
      .post('/api/sessions')
      .send({ sessionId: 'key', sessionName: 'K', authMethod: 'qrcode' })
      .expect(201);
    const { qr } = (await server.request.get('/api/sessions/key/qr').expect(200)).body.data;
    await assert.rejects(simulator.scanQr(qr, { phoneNumber }), /passkey/);
    await reaches('key', 'failed');
    assert.match((await status('key')).lastError?.remedy ?? '', /passkey/);
  });
});
