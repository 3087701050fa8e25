import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { io } from 'socket.io-client';
import type { Response } from 'supertest';
import type { Failure } from '../../server/contract/errors.js';
import type { EventPayload } from '../../server/contract/events.js';
import type { ConnectionStatus, CreatedSession, QrCode, Session } from '../../server/contract/sessions.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('waiting for a link', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let nextId = 0;
  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const newId = (): string => `wait${String((nextId += 1))}`;
  const create = async (body: object, wait = 0): Promise<CreatedSession> => {
    const post = server.request.post('/api/sessions').send(body);
    if (wait > 0) void post.set('prefer', `wait=${String(wait)}`);
    return (await post.expect(201)).body.data as CreatedSession;
  };
  const statusOf = (sessionId: string, headers: Record<string, string> = {}) =>
    server.request.get(`/api/sessions/${sessionId}/connection-status`).set(headers);

  describe('a pairing code that is asked for', () => {
    it('is a conflict on a linked session, also without a body on one that was linked by QR code', async () => {
      const sessionId = newId();
      await linkAccount(server, simulator, sessionId);
      const answer = await server.request.post(`/api/sessions/${sessionId}/request-pairing-code`).expect(409);
      assert.match((answer.body as Failure).error, /linked already/);
      await server.request.post(`/api/sessions/${sessionId}/request-qr-code`).expect(409);
    });

    it('needs a number where none is known', async () => {
      const sessionId = newId();
      await create({ sessionId, authMethod: 'qrcode', start: false });
      const answer = await server.request.post(`/api/sessions/${sessionId}/request-pairing-code`).expect(400);
      assert.match((answer.body as Failure).error, /phone number/);
    });
  });

  it('a session comes with its QR code when its maker waits for it', async () => {
    const made = await create({ sessionId: newId(), authMethod: 'qrcode' }, 20);
    assert.equal(made.state, 'waiting_for_qr');
    assert.match(made.qrCode ?? '', /^data:image\/png;base64,/);
    assert.ok(made.qrCodeExpiresAt !== null && made.pairingCode === null);
  });

  it('a session comes with its pairing code when its maker waits for it', async () => {
    const made = await create({ sessionId: newId(), phoneNumber: '4915123456700' }, 20);
    assert.match(made.pairingCode ?? '', /^[1-9A-Z]{4}-[1-9A-Z]{4}$/);
    assert.equal(made.qrCode, null);
  });

  it('a session without a name is called by its id', async () => {
    const sessionId = newId();
    assert.equal((await create({ sessionId, authMethod: 'qrcode', start: false })).sessionName, sessionId);
    const unnamed = await create({ sessionName: null, authMethod: 'qrcode', start: false });
    assert.equal(unnamed.sessionName, unnamed.sessionId);
  });

  it('a fresh QR code replaces the last, also on a session that showed a pairing code', async () => {
    const sessionId = newId();
    await create({ sessionId, phoneNumber: '4915123456701' }, 20);
    const ask = async () =>
      (await server.request.post(`/api/sessions/${sessionId}/request-qr-code`).expect(200)).body.data as QrCode;
    const first = await ask();
    const second = await ask();
    assert.notEqual(first.qr, second.qr);
    assert.equal(second.state, 'waiting_for_qr');
    await simulator.scanQr(second.qr);
    assert.equal((await waitUntilConnected(server, sessionId)).authMethod, 'qrcode');
  });

  it('one waiting request after the other follows a session to its link, and misses nothing', async () => {
    const sessionId = newId();
    await create({ sessionId, authMethod: 'qrcode' });
    const seen: ConnectionStatus[] = [];
    let etag = '';
    for (;;) {
      // Once it is connected, its push name may still come.
      const wait = seen.at(-1)?.connected === true ? 'wait=1' : 'wait=20';
      const answer = await statusOf(sessionId, { prefer: wait, ...(etag && { 'if-none-match': etag }) });
      assert.equal(answer.headers['preference-applied'], wait);
      if (answer.status === 304) break;
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      etag = answer.headers['etag'] ?? '';
      const status = answer.body.data as ConnectionStatus;
      if (status.qrCode !== null && !seen.some(({ qrCode }) => qrCode !== null)) {
        const { qr } = (await server.request.get(`/api/sessions/${sessionId}/qr`)).body.data as QrCode;
        await simulator.scanQr(qr);
      }
      seen.push(status);
      assert.ok(seen.length < 20, 'it answers without a change');
    }
    assert.equal(seen.at(-1)?.connected, true);
  });

  it('an answer of before is told at once that something changed since', async () => {
    const sessionId = newId();
    await create({ sessionId, authMethod: 'qrcode', start: false });
    const { headers } = await statusOf(sessionId);
    await server.request.post(`/api/sessions/${sessionId}/start`).expect(200);
    const answer = await statusOf(sessionId, { prefer: 'wait=20', 'if-none-match': headers['etag'] ?? '' });
    assert.notEqual((answer.body.data as ConnectionStatus).state, 'stopped');
  });

  it('a link is told once: one event for each change of the connection', async () => {
    const sessionId = newId();
    const told: EventPayload<'connection-status'>[] = [];
    const client = io(server.url, { auth: { apiKey: server.apiKey }, transports: ['websocket'] });
    try {
      await new Promise<void>((resolve) => client.once('connect', resolve));
      client.on('connection-status', (event: EventPayload<'connection-status'>) => {
        if (event.sessionId === sessionId) told.push(event);
      });
      await linkAccount(server, simulator, sessionId);
      await server.app.drain();
      await server.request.post(`/api/sessions/${sessionId}/stop`).expect(200);
      await eventually(() => assert.equal(told.at(-1)?.status, 'stopped'));
      assert.equal(told.filter(({ connected }) => connected).length, 1);
      for (const [index, event] of told.entries()) assert.notDeepEqual(event, told[index + 1]);
    } finally {
      client.disconnect();
    }
  });
});

describe('a code that WhatsApp does not give', function () {
  this.timeout(30_000);
  // It reads, so that it sees its callers leave, and never answers.
  const silent = createServer((socket) => socket.on('error', () => undefined).resume());
  let server: TestServer;
  before(async () => {
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const simulator = { url: `ws://127.0.0.1:${String(port)}/ws/chat`, rootKeyHex: '', mediaCaFile: '' };
    server = await startTestServer({ simulator });
  });
  after(async () => {
    await server.stop();
    silent.close();
  });

  const waits: [what: string, ask: (id: string) => PromiseLike<Response>][] = [
    [
      'a pairing code',
      (id) => server.request.post(`/api/sessions/${id}/request-pairing-code`).send({ phoneNumber: '4915123456789' }),
    ],
    ['a fresh QR code', (id) => server.request.post(`/api/sessions/${id}/request-qr-code`)],
    ['the QR code', (id) => server.request.get(`/api/sessions/${id}/qr`)],
  ];
  const enders: [what: string, end: (id: string) => PromiseLike<Response>, status: number, says: RegExp][] = [
    ['stopped', (id) => server.request.post(`/api/sessions/${id}/stop`), 409, /was stopped/],
    ['logged out', (id) => server.request.post(`/api/sessions/${id}/logout`), 409, /was logged out/],
    ['deleted', (id) => server.request.delete(`/api/sessions/${id}`), 404, /was not found/],
  ];
  for (const [wait, ask] of waits) {
    for (const [what, end, status, says] of enders) {
      it(`whoever waits for ${wait} hears at once that the session is ${what}`, async () => {
        const { sessionId } = (await server.request.post('/api/sessions').send({ authMethod: 'qrcode' })).body.data;
        const state = async () =>
          (await server.request.get(`/api/sessions/${sessionId}/connection-status`)).body.data.state as string;
        let answered = false;
        const waiting = Promise.resolve(ask(sessionId)).finally(() => (answered = true));
        await eventually(async () => assert.equal(await state(), 'starting'));
        assert.equal(answered, false);
        assert.equal((await end(sessionId)).status, 200);
        const answer = await waiting;
        assert.equal(answer.status, status, JSON.stringify(answer.body));
        assert.match((answer.body as Failure).error, says);
      });
    }
  }
});

describe('fields of a session', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const notBuilt: [object, RegExp][] = [
    [{ webhook: { url: 'https://example.com/hook' } }, /webhook: Webhooks are not sent yet\. Leave it out/],
  ];
  for (const [field, says] of notBuilt) {
    const [name = ''] = Object.keys(field);
    it(`${name} is refused while it has no effect, when a session is made and when it is changed`, async () => {
      const sessionId = `for-${name}`;
      const idle = { sessionId, authMethod: 'qrcode', start: false };
      const refused = await server.request
        .post('/api/sessions')
        .send({ ...idle, ...field })
        .expect(400);
      assert.match((refused.body as Failure).error, says);
      await server.request
        .post('/api/sessions')
        .send({ ...idle, [name]: null })
        .expect(201);
      const again = await server.request.patch(`/api/sessions/${sessionId}`).send(field).expect(400);
      assert.match((again.body as Failure).error, says);
    });
  }

  it('metadata has a limit that its sentence names', async () => {
    const idle = { authMethod: 'qrcode', start: false };
    const fits = { note: 'x'.repeat(3_900) };
    const made = await server.request
      .post('/api/sessions')
      .send({ ...idle, metadata: fits })
      .expect(201);
    assert.deepEqual((made.body.data as Session).metadata, fits);
    for (const metadata of [
      { note: 'x'.repeat(100_000) },
      Object.fromEntries(Array.from({ length: 900 }, (_, n) => [n, n])),
    ]) {
      const refused = await server.request
        .post('/api/sessions')
        .send({ ...idle, metadata })
        .expect(400);
      assert.match((refused.body as Failure).error, /^metadata: .*at most 4000 characters as JSON; this has \d+\./);
    }
  });
});

describe('looking numbers up', function () {
  this.timeout(60_000);
  it('tells in its headers of the limit that it has', async () => {
    const simulator = await startTestSimulator();
    const server = await startTestServer({ simulator });
    try {
      await linkAccount(server, simulator);
      const [contact] = simulator.addContacts(1);
      const check = () => server.request.get(`/api/sessions/acc1/check-number/${contact?.phoneNumber ?? ''}`);
      for (let left = 9; left >= 0; left -= 1) {
        const answer = await check().expect(200);
        assert.equal(answer.headers['ratelimit-limit'], '10');
        assert.equal(answer.headers['ratelimit-remaining'], String(left));
      }
      const refused = await check().expect(429);
      assert.equal(refused.headers['ratelimit-remaining'], '0');
      assert.equal(refused.headers['ratelimit-reset'], refused.headers['retry-after']);
      const { data } = await callApi<{ data: Session }>(server, 'GET', '/sessions/acc1');
      assert.equal(data.connected, true);
    } finally {
      await server.stop();
      await simulator.stop();
    }
  });
});
