import assert from 'node:assert/strict';
import supertest from 'supertest';
import type { Failure } from '../../server/contract/errors.js';
import type { Session } from '../../server/contract/sessions.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('the endpoints of sessions', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startTestServer();
  });
  afterEach(() => server.stop());

  const idle = { sessionName: 'Shop', authMethod: 'qrcode', start: false };
  const create = (body: object) => server.request.post('/api/sessions').send({ ...idle, ...body });

  it('make a session with a key that reads, sends and manages only it', async () => {
    const answer = await create({ sessionId: 'acc1', metadata: { shop: 7 } }).expect(201);
    const { apiKey, qrCode, qrCodeExpiresAt, pairingCode, pairingCodeExpiresAt, ...session } = answer.body.data;
    assert.match(apiKey, /^wask_/);
    assert.deepEqual([qrCode, qrCodeExpiresAt, pairingCode, pairingCodeExpiresAt], [null, null, null, null]);
    assert.equal(session.state, 'stopped');
    assert.deepEqual(session.metadata, { shop: 7 });
    const read: Session = (await server.request.get('/api/sessions/acc1').expect(200)).body.data;
    assert.deepEqual(read, session);

    await create({ sessionId: 'acc2' }).expect(201);
    const own = supertest.agent(server.url).set('x-api-key', apiKey);
    await own.get('/api/sessions/acc1').expect(200);
    await own.get('/api/sessions/acc2').expect(404);
    const list = (await own.get('/api/sessions').expect(200)).body;
    assert.deepEqual(
      list.data.map((one: Session) => one.sessionId),
      ['acc1'],
    );
    await own.post('/api/sessions').send(idle).expect(403);
    await own.delete('/api/sessions/acc1').expect(200);
    await own.get('/api/sessions/acc1').expect(401);
  });

  it('give a session an id when it brings none, and refuse one that is taken', async () => {
    const made = await create({}).expect(201);
    assert.match(made.body.data.sessionId, /^[0-9A-HJKMNP-TV-Z]{26}$/);
    await create({ sessionId: 'acc1' }).expect(201);
    const taken = (await create({ sessionId: 'acc1' }).expect(409)).body as Failure;
    assert.equal(taken.code, 'conflict');
    const both = await Promise.all([create({ sessionId: 'race' }), create({ sessionId: 'race' })]);
    assert.deepEqual(both.map((answer) => answer.status).sort(), [201, 409]);
  });

  it('list page by page, oldest first, each session once', async () => {
    for (let index = 0; index < 5; index += 1) await create({ sessionId: `acc${String(index)}` }).expect(201);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = cursor === null ? { limit: '2' } : { limit: '2', cursor };
      const { data, meta } = (await server.request.get('/api/sessions').query(query).expect(200)).body;
      assert.equal(meta.total, 5);
      seen.push(...data.map((one: Session) => one.sessionId));
      cursor = meta.nextCursor;
    } while (cursor !== null);
    assert.deepEqual(seen, ['acc0', 'acc1', 'acc2', 'acc3', 'acc4']);
    await server.request.get('/api/sessions?cursor=rubbish').expect(400);
  });

  const refused: [string, object][] = [
    ['an unknown field', { colour: 'red' }],
    ['a wrong type', { sessionName: 7 }],
    ['no name', { sessionName: ' ' }],
    ['an id with a slash', { sessionId: 'a/b' }],
    ['pairing without a number', { authMethod: 'pairing' }],
    ['a number with letters', { authMethod: 'pairing', phoneNumber: '+49 call me' }],
    ['a number that is too short', { authMethod: 'pairing', phoneNumber: '12345' }],
    ['an unknown method', { authMethod: 'fax' }],
  ];
  for (const [what, body] of refused) {
    it(`refuse ${what} with 400 and make nothing`, async () => {
      const answer = (await create(body).expect(400)).body as Failure;
      assert.equal(answer.code, 'validation_error');
      assert.ok(answer.error.length > 0);
      assert.equal((await server.request.get('/api/sessions').expect(200)).body.meta.total, 0);
    });
  }

  it('refuse a missing key, a wrong key and an unknown session', async () => {
    await server.anonymous.get('/api/sessions').expect(401);
    await server.anonymous.get('/api/sessions').set('x-api-key', 'wrong').expect(401);
    for (const path of ['', '/connection-status', '/qr', '/pairing-code']) {
      await server.request.get(`/api/sessions/nobody${path}`).expect(404);
    }
    await server.request.delete('/api/sessions/nobody').expect(404);
  });

  it('say that a stopped session has no codes, and that a number is missing', async () => {
    await create({ sessionId: 'acc1' }).expect(201);
    await server.request.get('/api/sessions/acc1/qr').expect(409);
    const status = (await server.request.get('/api/sessions/acc1/connection-status').expect(200)).body.data;
    assert.equal(status.state, 'stopped');
    assert.equal(status.qrCode, null);
    await server.request.post('/api/sessions/acc1/request-pairing-code').send({}).expect(400);
    const custom = { phoneNumber: '4915123456789', customCode: 'SHORT' };
    await server.request.post('/api/sessions/acc1/request-pairing-code').send(custom).expect(400);
  });
});
