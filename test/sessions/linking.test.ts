import assert from 'node:assert/strict';
import type { ConnectionStatus, CreatedSession, QrCode, Session } from '../../server/contract/sessions.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('linking an account', () => {
  let simulator: TestSimulator;
  let server: TestServer;
  beforeEach(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
  });
  afterEach(async () => {
    await server.stop();
    await simulator.stop();
  });

  async function create(body: object): Promise<CreatedSession> {
    const answer = await server.request.post('/api/sessions').send({ sessionName: 'Shop', ...body });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body.data as CreatedSession;
  }
  async function connection(sessionId: string): Promise<ConnectionStatus> {
    return (await server.request.get(`/api/sessions/${sessionId}/connection-status`).expect(200)).body.data;
  }
  const connected = (sessionId: string): Promise<ConnectionStatus> =>
    eventually(
      async () => {
        const status = await connection(sessionId);
        return status.connected && status;
      },
      { timeoutMs: 15_000, what: 'the connection' },
    ) as Promise<ConnectionStatus>;

  it('by a QR code: scanned by a phone, the session is connected as that number', async () => {
    await create({ sessionId: 'acc1', authMethod: 'qrcode' });
    const qr: QrCode = (await server.request.get('/api/sessions/acc1/qr').expect(200)).body.data;
    assert.match(qr.qrCode, /^data:image\/png;base64,/);
    assert.equal(qr.timeoutSeconds, 60);
    assert.equal(qr.state, 'waiting_for_qr');
    const linked = await simulator.scanQr(qr.qr, { name: 'Corner Bakery' });
    const status = await connected('acc1');
    assert.equal(status.ownNumber, linked.phoneNumber);
    assert.equal(status.qrCode, null);
    const session: Session = (await server.request.get('/api/sessions/acc1').expect(200)).body.data;
    assert.equal(session.jid, linked.jid);
    assert.equal(session.lid, linked.lid?.includes('@') ? linked.lid : `${linked.lid ?? ''}@lid`);
    assert.deepEqual(simulator.refusedRules(), []);
  });

  it('by a pairing code: typed on the phone of that number, the session is connected', async () => {
    await create({ sessionId: 'acc2', phoneNumber: '+49 151 23456789' });
    const code = (await server.request.get('/api/sessions/acc2/pairing-code').expect(200)).body.data;
    assert.match(code.pairingCode, /^[1-9A-HJ-NP-TV-Z]{4}-[1-9A-HJ-NP-TV-Z]{4}$/);
    assert.equal(code.phoneNumber, '4915123456789');
    await simulator.enterCode('4915123456789', code.pairingCode.replace('-', ''));
    assert.equal((await connected('acc2')).ownNumber, '4915123456789');
  });

  it('shows the QR code as a picture to whoever asks for one', async () => {
    await create({ sessionId: 'acc1', authMethod: 'qrcode' });
    const answer = await server.request.get('/api/sessions/acc1/qr').set('Accept', 'image/png').expect(200);
    assert.equal(answer.headers['content-type'], 'image/png');
    assert.equal((answer.body as Buffer).subarray(1, 4).toString(), 'PNG');
  });

  it('fails for a code that is typed on the phone of another number, and still works on the right one', async () => {
    await create({ sessionId: 'acc2', phoneNumber: '4915123456789' });
    const { pairingCode } = (await server.request.get('/api/sessions/acc2/pairing-code').expect(200)).body.data;
    await assert.rejects(simulator.enterCode('4915100000000', pairingCode.replace('-', '')));
    assert.equal((await connection('acc2')).state, 'waiting_for_pairing_code');
    await simulator.enterCode('4915123456789', pairingCode.replace('-', ''));
    await connected('acc2');
  });

  it('works with a code of one’s own, asked for instead of the QR code', async () => {
    await create({ sessionId: 'acc3', authMethod: 'qrcode' });
    await server.request.get('/api/sessions/acc3/qr').expect(200);
    const askedAt = Date.now();
    const answer = await server.request
      .post('/api/sessions/acc3/request-pairing-code')
      .send({ phoneNumber: '4915123456789', customCode: 'BREAD-777' });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.body.data.pairingCode, 'BREA-D777');
    const lifeMs = Date.parse(answer.body.data.expiresAt) - askedAt;
    assert.ok(lifeMs >= 160_000 && lifeMs <= Date.now() - askedAt + 160_000, String(lifeMs));
    await simulator.enterCode('4915123456789', 'BREAD777');
    assert.equal((await connected('acc3')).authMethod, 'pairing');
    await server.request.post('/api/sessions/acc3/request-pairing-code').send({}).expect(409);
    await server.request.get('/api/sessions/acc3/pairing-code').expect(409);
    await server.request.get('/api/sessions/acc3/qr').expect(409);
  });
});
