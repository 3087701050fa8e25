/*
 * The API of Status Tracker, whose paths, names, envelope and live events are those of this product. Its reference makes 93
 * points, which are numbered here in its order, 003-01 to 003-93; a title names those that its test shows. Not among them is
 * 003-52, how much each session stores.
 *
 * Two points are wider here: a session may come without an id of the caller's (003-10), and numbers have 7 digits or more, as
 * some countries' do (003-15). A pairing code is of 8 letters and digits, as WhatsApp makes them (003-31).
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { io, type Socket } from 'socket.io-client';
import { loadConfig } from '../../server/config.js';
import { packageVersion } from '../../server/lib/package-version.js';
import { projectRoot } from '../../server/lib/project-root.js';
import { HostileServer } from '../support/hostile-server.js';
import { linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

type Fields = Record<string, unknown>;
interface Answer<T = Fields> {
  success: boolean;
  data: T;
  error?: string;
}

const pairingCode = /^[1-9A-Z]{4}-[1-9A-Z]{4}$/;
/** The settings of somebody who gave a key and nothing else. */
const unset = loadConfig({ API_KEY: 'a-key-0123456789' });
const filename = (ending: string) => new RegExp(`^\\d{10}-[0-9a-z]+\\.${ending}$`);

describe('the API of Status Tracker', function () {
  this.timeout(90_000);
  const web = new HostileServer();
  const clock = new ShiftedClock();
  let simulator: TestSimulator;
  let server: TestServer;
  let client: Socket;
  let own: string;
  let contact: string;
  let picture: Buffer;
  const events: [string, Fields][] = [];

  before(async () => {
    await web.start();
    simulator = await startTestSimulator();
    const env = { OUTBOUND_ALLOW_PRIVATE: `127.0.0.1:${String(web.port)}`, MAX_UPLOAD_MB: '1' };
    server = await startTestServer({ simulator, env, replace: { clock } });
    client = io(server.url, { auth: { apiKey: server.apiKey }, transports: ['websocket'], forceNew: true });
    client.onAny((name: string, payload: Fields) => events.push([name, payload]));
    await new Promise<void>((resolve) => client.once('connect', resolve));
    own = (await linkAccount(server, simulator)).phoneNumber;
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'gold' } })
      .jpeg()
      .toBuffer();
  });
  after(async () => {
    client.disconnect();
    await server.stop();
    await simulator.stop();
    await web.stop();
  });

  type Method = 'get' | 'post' | 'put' | 'delete';
  async function call<T = Fields>(method: Method, address: string, expected: number, body?: object): Promise<T> {
    const answer = await server.request[method](`/api${address}`).send(body);
    assert.equal(answer.status, expected, answer.text);
    return (answer.body as Answer<T>).data;
  }
  const heard = (name: string, fits: (payload: Fields) => boolean) =>
    eventually(
      () => {
        const [, payload] = events.find(([known, given]) => known === name && fits(given)) ?? [];
        assert.ok(payload);
        return payload;
      },
      { what: name },
    );
  const upload = (kind: string, bytes: Buffer) =>
    server.request.post(`/api/upload-${kind}`).attach(kind, bytes, 'mine');
  /** What a contact gets of a post. */
  async function received(body: object): Promise<{ type: string | null; text: string | null }> {
    const answer = await server.request
      .post('/api/sessions/acc1/send-status')
      .set('prefer', 'wait=30')
      .send({ ...body, targetNumbers: contact });
    assert.deepEqual([answer.status, answer.body.data?.state], [202, 'sent'], answer.text);
    await simulator.drain();
    const story = simulator.statuses(contact).find(({ id }) => id === answer.body.data.messageId);
    assert.ok(story);
    return story;
  }

  it('003-01: the product says what it is, and its version', async () => {
    const file = path.join(projectRoot(), 'docs', 'generated', 'openapi.json');
    const { info } = JSON.parse(await readFile(file, 'utf8')) as { info: { description: string; version: string } };
    assert.match(info.description, /sessions.*statuses.*viewed/);
    assert.equal(info.version, packageVersion());
  });

  it('003-02 to 003-04, 003-06 to 003-08, 003-88 to 003-91: the key of the settings opens /api in either header, and answers come in one of two envelopes', async () => {
    assert.equal(unset.port, 3000);
    for (const headers of [{ 'x-api-key': server.apiKey }, { authorization: `Bearer ${server.apiKey}` }]) {
      const answer = await server.anonymous.get('/api/sessions').set(headers).expect(200);
      assert.deepEqual([answer.body.success, Array.isArray(answer.body.data)], [true, true]);
      assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
    }
    for (const address of ['sessions', 'health', 'openapi.json', 'statuses', 'no-such-thing']) {
      for (const headers of [{}, { 'x-api-key': `${server.apiKey}!` }]) {
        const { body } = await server.anonymous.get(`/api/${address}`).set(headers).expect(401);
        assert.deepEqual([body.success, typeof body.error], [false, 'string'], address);
      }
    }
    await server.request.post('/api/sessions').type('text/plain').send('{"sessionName":"Shop"}').expect(415);
  });

  it('003-05: 300 requests in 15 minutes are free for each address, unless the settings say otherwise', async () => {
    assert.deepEqual([unset.rateLimit.max, unset.rateLimit.windowMs], [300, 15 * 60_000]);
    const { headers } = await server.request.get('/api/sessions').expect(200);
    assert.deepEqual([headers['ratelimit-limit'], headers['ratelimit-policy']], ['100000', '100000;w=900']);
  });

  it('003-09 to 003-15, 003-80 to 003-82: a session has an id, a name and, unless it says qrcode, the number to pair', async () => {
    const body = { sessionId: 'p_1-A', sessionName: 'Pairing', phoneNumber: '4915123456789', start: false };
    const made = await call('post', '/sessions', 201, body);
    assert.deepEqual([made['sessionId'], made['sessionName'], made['authMethod']], ['p_1-A', 'Pairing', 'pairing']);
    const told = await heard('session-created', ({ sessionId }) => sessionId === 'p_1-A');
    assert.deepEqual([told['sessionName'], told['state']], ['Pairing', 'stopped']);
    for (const wrong of [
      { sessionId: 'x'.repeat(65) },
      { sessionId: 'a b' },
      { sessionId: '' },
      { phoneNumber: undefined },
      { phoneNumber: '+49 123' },
      { phoneNumber: '4915123456789012' },
      { sessionName: ' ' },
      { authMethod: 'sms' },
    ]) {
      await call('post', '/sessions', 400, { ...body, sessionId: 'p2', ...wrong });
    }
    const qr = await call('post', '/sessions', 201, { sessionId: 'x'.repeat(64), authMethod: 'qrcode', start: false });
    assert.deepEqual([qr['authMethod'], qr['phoneNumber']], ['qrcode', null]);
    await call('delete', `/sessions/${'x'.repeat(64)}`, 200);
  });

  it('003-16, 003-18 to 003-26, 003-28, 003-31, 003-59 to 003-62, 003-92: a session is listed, gets another number and shows the code for it', async () => {
    const listed = await call<Fields[]>('get', '/sessions', 200);
    assert.deepEqual(listed.map(({ sessionId, connected }) => [sessionId, connected]).sort(), [
      ['acc1', true],
      ['p_1-A', false],
    ]);
    const changed = await call('put', '/sessions/p_1-A/phone-number', 200, { phoneNumber: '4915123456788' });
    assert.equal(changed['phoneNumber'], '4915123456788');
    await call('post', '/sessions/p_1-A/restart', 200);
    const read = await call('get', '/sessions/p_1-A/pairing-code', 200);
    assert.match(String(read['pairingCode']), pairingCode);
    const told = await heard('pairing-code', ({ sessionId }) => sessionId === 'p_1-A');
    assert.deepEqual([told['pairingCode'], told['phoneNumber']], [read['pairingCode'], '4915123456788']);
    const status = await call('get', '/sessions/p_1-A/connection-status', 200);
    assert.deepEqual(
      ['connected', 'authMethod', 'pairingCode', 'qrCode', 'phoneNumber'].map((field) => status[field]),
      [false, 'pairing', read['pairingCode'], null, '4915123456788'],
    );
  });

  it('003-29, 003-30: a fresh pairing code may be asked for until the session is connected', async () => {
    const before = await call('get', '/sessions/p_1-A/pairing-code', 200);
    const fresh = await call('post', '/sessions/p_1-A/request-pairing-code', 200);
    assert.match(String(fresh['pairingCode']), pairingCode);
    assert.notEqual(fresh['pairingCode'], before['pairingCode']);
    await heard('pairing-code', (told) => told['pairingCode'] === fresh['pairingCode']);
    await call('get', '/sessions/acc1/pairing-code', 409);
    await call('post', '/sessions/acc1/request-pairing-code', 409);
    await call('put', '/sessions/acc1/phone-number', 409, { phoneNumber: '4915123456788' });
  });

  it('003-27, 003-53 to 003-58, 003-63 to 003-65: a link is told at the root of Socket.IO, with the number of the account', async () => {
    const qr = await heard('qr-code', ({ sessionId }) => sessionId === 'acc1');
    assert.match(String(qr['qrCode']), /^data:image\/png;base64,/);
    const told = await heard('connection-status', (one) => one['sessionId'] === 'acc1' && one['connected'] === true);
    assert.deepEqual([told['ownNumber'], told['status']], [own, 'connected']);
    const status = await call('get', '/sessions/acc1/connection-status', 200);
    assert.deepEqual([status['connected'], status['authMethod'], status['ownNumber']], [true, 'qrcode', own]);
  });

  it('003-32 to 003-34, 003-38, 003-40, 003-47 to 003-49, 003-66 to 003-79: a text is sent, seen, listed and deleted', async () => {
    const [other] = simulator.addContacts(1);
    const body = { type: 'text', content: 'Fresh bread', targetNumbers: `${contact}, +${other?.phoneNumber ?? ''}` };
    const { id, messageId } = await call('post', '/sessions/acc1/send-status', 202, body);
    const sent = await heard('status-sent', (one) => one['id'] === id);
    assert.deepEqual([sent['sessionId'], sent['type'], sent['content']], ['acc1', 'text', 'Fresh bread']);
    await heard('statuses-updated', ({ sessionId }) => sessionId === 'acc1');
    await simulator.drain();
    assert.equal(simulator.statuses(other?.phoneNumber ?? '')[0]?.text, 'Fresh bread');
    simulator.view(contact, String(messageId));
    const hasViewers = ({ viewers }: Fields) => Array.isArray(viewers) && viewers.length > 0;
    const update = await heard('status-viewers-update', (one) => one['statusId'] === id && hasViewers(one));
    assert.equal(update['sessionId'], 'acc1');
    const viewers = await call<Fields[]>('get', `/sessions/acc1/statuses/${String(id)}/viewers`, 200);
    assert.deepEqual(
      viewers.map(({ number }) => number),
      [contact],
    );
    assert.deepEqual((update['viewers'] as Fields[])[0]?.['viewedAt'], viewers[0]?.['viewedAt']);
    assert.match(String(viewers[0]?.['viewedAt']), /^\d{4}-\d\d-\d\dT.*Z$/);
    const listed = await call<Fields[]>('get', '/sessions/acc1/statuses', 200);
    assert.ok(listed.some((one) => one['id'] === id));
    await call('delete', `/sessions/acc1/statuses/${String(id)}`, 200);
    await heard('status-deleted', (one) => one['sessionId'] === 'acc1' && one['statusId'] === id);
  });

  it('003-35, 003-39, 003-41 to 003-43, 003-46, 003-86: a picture is uploaded, and posted by its filename with a caption', async () => {
    const { body } = await upload('image', picture).expect(201);
    assert.match(body.data.filename, filename('jpg'));
    const story = await received({ type: 'image', content: body.data.filename, caption: 'hi' });
    assert.deepEqual([story.type, story.text], ['image', 'hi']);
    const refused = await upload('image', Buffer.concat([picture, Buffer.alloc(1024 * 1024)])).expect(413);
    assert.match(refused.body.error, /1 MB/);
  });

  it('003-36, 003-44, 003-45: a video is uploaded and posted by its filename', async () => {
    const file = path.join(projectRoot(), 'test', 'media', 'field-inputs', 'video-one-picture-with-sound.mp4');
    const { body } = await upload('video', await readFile(file)).expect(201);
    assert.match(body.data.filename, filename('mp4'));
    assert.equal((await received({ type: 'video', content: body.data.filename })).type, 'video');
  });

  it('003-37, 003-93: the address of a picture is posted as the picture', async () => {
    web.on('/gold.jpg', (_request, response) => response.setHeader('content-type', 'image/jpeg').end(picture));
    const content = `http://127.0.0.1:${String(web.port)}/gold.jpg`;
    const story = await received({ type: 'url', content, caption: 'Look' });
    assert.deepEqual([story.type, story.text], ['image', 'Look']);
  });

  it('003-87: without numbers a status is for the own account alone', async () => {
    for (const targetNumbers of ['', [], undefined]) {
      const body = { type: 'text', content: 'Me', targetNumbers };
      const { counts, audience } = await call('post', '/sessions/acc1/send-status', 202, body);
      assert.deepEqual([(counts as Fields)['targeted'], (audience as Fields)['kind']], [0, 'self']);
    }
  });

  it('003-50 to 003-52: health, totals and storage are told', async () => {
    assert.equal(typeof (await call('get', '/health', 200))['status'], 'string');
    const { sessions } = await call('get', '/stats', 200);
    assert.ok(sessions);
    const [storage] = await call<Fields[]>('get', '/storage', 200);
    assert.equal(storage?.['sessionId'], 'acc1');
  });

  it('003-17, 003-47, 003-83 to 003-85: a day later no status is listed, and a deleted session leaves nothing', async () => {
    clock.advance(24 * 60 * 60_000 + 1_000);
    assert.deepEqual(await call('get', '/sessions/acc1/statuses', 200), []);
    const all = '/sessions/acc1/statuses?from=2020-01-01T00:00:00Z';
    const [kept] = await call<Fields[]>('get', all, 200);
    assert.ok(kept);
    await call('delete', '/sessions/acc1', 200);
    await heard('session-deleted', ({ sessionId }) => sessionId === 'acc1');
    await call('get', '/sessions/acc1/connection-status', 404);
    await call('post', '/sessions', 201, { sessionId: 'acc1', authMethod: 'qrcode', start: false });
    assert.deepEqual(await call('get', all, 200), []);
    await call('get', `/sessions/acc1/statuses/${String(kept['id'])}/viewers`, 404);
    await call('post', '/sessions/acc1/send-status', 409, { type: 'text', content: 'Not linked' });
  });
});
