import assert from 'node:assert/strict';
import sharp from 'sharp';
import { io, type Socket } from 'socket.io-client';
import type { Success } from '../../server/contract/envelope.js';
import type { Upload } from '../../server/contract/media.js';
import type { ConnectionStatus } from '../../server/contract/sessions.js';
import type { Recipient } from '../../server/contract/recipients.js';
import type { Status } from '../../server/contract/statuses.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';

const base = '/sessions/acc1';
const waitForIt = { prefer: 'wait=30' };

describe('deleting, repeating and changing statuses through the API', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let own: string;

  before(async () => {
    simulator = await startTestSimulator();
    const env = {
      STATUS_CHUNK_SIZE: '2',
      STATUS_CHUNK_PAUSE_MS: '1',
      RECONNECT_FIRST_PAUSE_MS: '100',
      RECONNECT_LONGEST_PAUSE_SECONDS: '1',
    };
    server = await startTestServer({ simulator, env });
    own = (await linkAccount(server, simulator)).phoneNumber;
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });
  afterEach(() => {
    simulator.controls.faults.clear();
  });

  const call = async <T>(method: string, path: string, expected: number, body?: object, headers = {}): Promise<T> =>
    (await callApi<Success<T>>(server, method, base + path, { ...(body && { body }), expected, headers })).data;
  const send = (body: object, headers = {}) =>
    call<Status>('POST', '/send-status', 202, { type: 'text', content: 'hello', ...body }, headers);
  const read = (id: string) => call<Status>('GET', `/statuses/${id}`, 200);
  const remove = (id: string, headers = {}) => call<Status>('DELETE', `/statuses/${id}`, 200, undefined, headers);
  const contacts = (count: number) => simulator.addContacts(count).map(({ phoneNumber }) => phoneNumber);
  const seen = (phoneNumber: string, { messageId }: Status) =>
    simulator.statuses(phoneNumber).filter(({ id }) => id === messageId);
  const isGone = (phoneNumber: string, status: Status): boolean =>
    seen(phoneNumber, status).every(({ deletedAt }) => deletedAt !== null);

  async function goOffline(): Promise<void> {
    simulator.controls.faults.outage({ upgradeStatus: 503, existing: 'reset' });
    await eventually(async () => !(await call<ConnectionStatus>('GET', '/connection-status', 200)).connected, {
      timeoutMs: 10_000,
      what: 'the connection to be lost',
    });
  }
  async function comeBack(): Promise<void> {
    simulator.controls.faults.outage({ upgradeStatus: null });
    await waitUntilConnected(server, 'acc1');
  }

  it('a sent story disappears for the contacts and on the own phone, in parts, and clients are told how far it is', async () => {
    const people = contacts(5);
    const status = await send({ targetNumbers: people }, waitForIt);
    assert.equal(status.state, 'sent', JSON.stringify(status.error));
    const client: Socket = io(server.url, { auth: { apiKey: server.apiKey }, transports: ['websocket'] });
    try {
      await new Promise<void>((resolve) => client.once('connect', resolve));
      const told = new Promise<unknown>((resolve) => client.once('status-deleted', resolve));
      const progress: { statusId: string; done: number; total: number }[] = [];
      client.on('status-deletion-progress', (step: (typeof progress)[number]) => progress.push(step));
      const deleted = await remove(status.id, waitForIt);
      assert.deepEqual([deleted.state, deleted.deletingSince], ['deleted', null]);
      assert.deepEqual(await told, { sessionId: 'acc1', statusId: status.id });
      assert.deepEqual(
        progress.map(({ statusId, done, total }) => [statusId, done, total]),
        [2, 4, 5].map((done) => [status.id, done, 5]),
      );
    } finally {
      client.disconnect();
    }
    await simulator.drain();
    for (const person of [...people, own]) {
      assert.equal(seen(person, status).length, 1);
      assert.ok(isGone(person, status), person);
    }
    assert.equal((await remove(status.id)).state, 'deleted');
  });

  it('a story deleted while the account is away disappears once it is back', async () => {
    const people = contacts(3);
    const status = await send({ targetNumbers: people }, waitForIt);
    await goOffline();
    const asked = await remove(status.id);
    assert.equal(asked.state, 'sent');
    assert.notEqual(asked.deletingSince, null);
    assert.equal((await remove(status.id)).deletingSince, asked.deletingSince);
    await comeBack();
    await eventually(async () => (await read(status.id)).state === 'deleted', { timeoutMs: 15_000 });
    await simulator.drain();
    assert.ok(people.every((person) => isGone(person, status)));
  });

  it('a story deleted on its way reaches nobody else, and disappears where it is', async () => {
    const people = contacts(8);
    simulator.controls.faults.add({ on: 'message', ackDelayMs: 300, onlyStatuses: true });
    const status = await send({ targetNumbers: people });
    await eventually(() => people.some((person) => seen(person, status).length > 0), { what: 'the first part' });
    const deleted = await remove(status.id, waitForIt);
    assert.equal(deleted.state, 'deleted', JSON.stringify(deleted));
    await simulator.drain();
    const reached = people.filter((person) => seen(person, status).length > 0);
    assert.ok(reached.length < people.length, String(reached.length));
    assert.ok([...reached, own].every((person) => isGone(person, status)));
  });

  it('a story that WhatsApp does not take back is a failure for whoever waited for that', async () => {
    const status = await send({ targetNumbers: contacts(1) }, waitForIt);
    simulator.controls.faults.add({ on: 'message', error: '401', onlyStatuses: true });
    const { body } = await server.request.delete(`/api${base}/statuses/${status.id}`).set(waitForIt).expect(502);
    assert.deepEqual([body.code, body.details.status.deletionError.code], ['whatsapp_error', '401']);
    assert.match(body.error, /not allowed to send it/);
    simulator.controls.faults.clear();
    await call('POST', '/resume-posting', 200);
    assert.equal((await remove(status.id, waitForIt)).state, 'deleted');
  });

  it('a story that waits in the queue is canceled and never turns up', async () => {
    const [anna = ''] = contacts(1);
    await goOffline();
    const status = await send({ targetNumbers: [anna] });
    assert.equal((await remove(status.id)).state, 'canceled');
    await comeBack();
    const next = await send({ targetNumbers: [anna] }, waitForIt);
    await simulator.drain();
    assert.deepEqual([seen(anna, status).length, seen(anna, next).length], [0, 1]);
  });

  it('a failed story tried again reaches those who do not have it, under the same id', async () => {
    const people = contacts(4);
    // The first part gets through, the rest is refused. What is still answered to devices of earlier stories may come between.
    simulator.controls.faults.add({ on: 'message', ackDelayMs: 500, onlyStatuses: true });
    const { id } = await send({ targetNumbers: people });
    await eventually(() => simulator.statuses(people[0] ?? '').length > 0, { what: 'the first part' });
    simulator.controls.faults.clear();
    simulator.controls.faults.add({ on: 'message', error: '463', onlyStatuses: true });
    await eventually(async () => !['queued', 'sending'].includes((await read(id)).state), { what: 'the end of it' });
    const status = await read(id);
    assert.deepEqual([status.state, status.error?.code], ['sent', 'partly_sent'], JSON.stringify(status));
    assert.deepEqual(status.recipients, { reached: 2, leftOut: 0, open: 2 });
    simulator.controls.faults.clear();
    const again = await call<Status>('POST', `/statuses/${status.id}/retry`, 202);
    assert.deepEqual([again.state, again.messageId, again.error], ['queued', status.messageId, null]);
    // WhatsApp's refusal has paused the session.
    await callApi(server, 'POST', `${base}/resume-posting`);
    await eventually(async () => (await read(status.id)).recipients.open === 0, { timeoutMs: 15_000 });
    const done = await read(status.id);
    assert.deepEqual([done.state, done.error, done.sentAt], ['sent', null, status.sentAt]);
    await simulator.drain();
    for (const person of people)
      assert.deepEqual(
        seen(person, status).map(({ copies }) => copies),
        [1],
      );
    const { error } = await callApi<{ error: string }>(server, 'POST', `${base}/statuses/${status.id}/retry`, {
      expected: 409,
    });
    assert.equal(error, 'The status is sent; there is nothing to try again.');
  });

  it('a story that waits goes out as it was changed, and a sent one cannot be changed', async () => {
    const [anna = '', ben = ''] = contacts(2);
    await goOffline();
    const status = await send({ targetNumbers: [anna], content: 'with a tpyo' });
    const path = `/statuses/${status.id}`;
    const body = { content: 'without', style: { backgroundColor: '#112233' }, targetNumbers: [ben] };
    const changed = await call<Status>('PATCH', path, 200, body);
    assert.deepEqual([changed.content, changed.counts.targeted, changed.audience?.kind], ['without', 1, 'numbers']);
    await callApi(server, 'PATCH', base + path, { body: {}, expected: 400 });
    await comeBack();
    await eventually(async () => (await read(status.id)).state === 'sent', { timeoutMs: 15_000 });
    await simulator.drain();
    assert.deepEqual(seen(anna, status), []);
    assert.deepEqual(
      seen(ben, status).map(({ text, backgroundArgb }) => [text, (backgroundArgb ?? 0) >>> 0]),
      [['without', 0xff112233]],
    );
    const refused = await callApi<{ error: string }>(server, 'PATCH', base + path, { body, expected: 409 });
    assert.match(refused.error, /was sent/);
  });

  it('a picture that waits goes out with the caption it was given since', async () => {
    const [anna = ''] = contacts(1);
    const blue = { width: 40, height: 40, channels: 3, background: '#3366cc' } as const;
    const file = await sharp({ create: blue }).jpeg().toBuffer();
    const uploaded = await server.request.post('/api/upload-image').attach('image', file, 'blue.jpg');
    const { filename } = (uploaded.body as Success<Upload>).data;
    await goOffline();
    const status = await send({ type: 'image', content: filename, caption: 'Monday', targetNumbers: [anna] });
    const changed = await call<Status>('PATCH', `/statuses/${status.id}`, 200, { caption: 'Tuesday' });
    assert.equal(changed.caption, 'Tuesday');
    const text = await send({ targetNumbers: [anna] });
    await callApi(server, 'PATCH', `${base}/statuses/${text.id}`, { body: { caption: 'x' }, expected: 400 });
    await comeBack();
    await eventually(async () => (await read(status.id)).state === 'sent', { timeoutMs: 15_000 });
    await simulator.drain();
    assert.deepEqual(
      seen(anna, status).map((story) => story.text),
      ['Tuesday'],
    );
  });

  it('a story does not go to somebody who opted out while it waited', async () => {
    const [anna = '', ben = ''] = contacts(2);
    await goOffline();
    const status = await send({ targetNumbers: [anna, ben] });
    await callApi(server, 'POST', '/opt-outs', { body: { phoneNumber: anna }, expected: 201 });
    await comeBack();
    await eventually(async () => (await read(status.id)).state === 'sent', { timeoutMs: 15_000 });
    await simulator.drain();
    assert.deepEqual([seen(anna, status).length, seen(ben, status).length], [0, 1]);
    assert.deepEqual((await read(status.id)).recipients, { reached: 1, leftOut: 1, open: 0 });
  });

  it('a story goes to nobody who opts out while its first part is leaving', async () => {
    const [anna = '', ben = '', cleo = '', dora = '', emil = ''] = contacts(5);
    simulator.controls.faults.add({ on: 'message', onlyStatuses: true, times: 1, ackDelayMs: 1_500 });
    const status = await send({ targetNumbers: [anna, ben, cleo, dora, emil] });
    await eventually(() => seen(anna, status).length === 1, { what: 'the first part' });
    for (const phoneNumber of [anna, cleo, emil]) {
      await callApi(server, 'POST', '/opt-outs', { body: { phoneNumber }, expected: 201 });
    }
    await eventually(async () => (await read(status.id)).state === 'sent', { timeoutMs: 15_000 });
    await simulator.drain();
    // Anna has it already: she opted out too late for this one.
    assert.deepEqual(
      [anna, ben, cleo, dora, emil].map((number) => seen(number, status).length),
      [1, 1, 0, 1, 0],
    );
    const { error, recipients } = await read(status.id);
    assert.deepEqual([error, recipients], [null, { reached: 3, leftOut: 2, open: 0 }]);
    const out = await call<Recipient[]>('GET', `/statuses/${status.id}/recipients?outcome=opted_out`, 200);
    assert.deepEqual(
      out.map(({ phoneNumber }) => phoneNumber),
      [cleo, emil],
    );
  });
});
