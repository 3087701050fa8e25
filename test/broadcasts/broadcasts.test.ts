import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { Broadcast } from '../../server/contract/planning/broadcasts.js';
import type { Success } from '../../server/contract/envelope.js';
import type { Failure } from '../../server/contract/errors.js';
import { fillVariables, variablesIn } from '../../server/contract/planning/template-text.js';
import { upload } from '../support/media-journey.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const hourMs = 60 * 60_000;

describe('broadcasts', function () {
  this.timeout(60_000);
  const clock = new ShiftedClock();
  let simulator: TestSimulator;
  let server: TestServer;
  let contact: string;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, replace: { clock } });
    for (const sessionId of ['acc1', 'acc2']) await linkAccount(server, simulator, sessionId);
    const unlinked = { sessionId: 'fresh', sessionName: 'Fresh', authMethod: 'qrcode', start: false };
    await callApi(server, 'POST', '/sessions', { body: unlinked, expected: 201 });
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const create = async (body: object): Promise<Broadcast> => {
    const whole = { type: 'text', content: 'to all', targetNumbers: [contact], all: true, ...body };
    return (await callApi<Success<Broadcast>>(server, 'POST', '/broadcasts', { body: whole, expected: 202 })).data;
  };
  const read = async ({ id }: Broadcast) =>
    (await callApi<Success<Broadcast>>(server, 'GET', `/broadcasts/${id}`)).data;
  const comesTo = (broadcast: Broadcast, states: Record<string, number>): Promise<Broadcast> =>
    eventually(
      async () => {
        const now = await read(broadcast);
        assert.deepEqual(now.states, states);
        return now;
      },
      { timeoutMs: 15_000, what: 'the broadcast to get there' },
    );
  const received = (text: string): number => simulator.statuses(contact).filter((story) => story.text === text).length;

  it('post on every account, say what became of each, and sum up', async () => {
    const broadcast = await create({});
    assert.deepEqual([broadcast.accountCount, broadcast.states], [3, { pending: 3 }]);
    const done = await comesTo(broadcast, { sent: 2, refused: 1 });
    assert.deepEqual([done.counts.targeted, done.counts.included], [2, 2]);
    const refused = done.accounts.find(({ sessionId }) => sessionId === 'fresh');
    assert.deepEqual([refused?.error?.code, refused?.statusId], ['not_connected', null]);
    await simulator.drain();
    assert.equal(received('to all'), 2);
    const { meta } = await callApi<{ meta: { total: number } }>(server, 'GET', '/broadcasts');
    assert.equal(meta.total, 1);
  });

  it('are answered with their outcome when somebody waits for it, and as a failure when no account has posted', async () => {
    const post = (sessionIds: string[]) =>
      server.request
        .post('/api/broadcasts')
        .set('prefer', 'wait=30')
        .send({ type: 'text', content: 'waited for', sessionIds });
    const done = await post(['acc1', 'fresh']).expect(202).expect('preference-applied', 'wait=30');
    assert.deepEqual((done.body as Success<Broadcast>).data.states, { sent: 1, refused: 1 });
    const { code, error, details } = (await post(['fresh']).expect(409)).body as Failure;
    assert.deepEqual([code, (details?.['broadcast'] as Broadcast).states], ['not_connected', { refused: 1 }]);
    assert.match(error, /is not linked to a WhatsApp account/);
    // Where there is nothing to wait for, nobody says that they waited.
    const read = await server.request.get('/api/broadcasts').set('prefer', 'wait=30').expect(200);
    assert.equal(read.headers['preference-applied'], undefined);
  });

  it('go out one account after the other, and stop where they are canceled', async () => {
    const sessionIds = ['acc2', 'acc1'];
    const broadcast = await create({ all: undefined, sessionIds, staggerSeconds: 3_600, content: 'in turns' });
    await comesTo(broadcast, { sent: 1, scheduled: 1 });
    clock.advance(hourMs);
    await comesTo(broadcast, { sent: 2 });
    const other = await create({ all: undefined, sessionIds, staggerSeconds: 3_600, content: 'canceled' });
    await comesTo(other, { sent: 1, scheduled: 1 });
    const { data } = await callApi<Success<Broadcast>>(server, 'DELETE', `/broadcasts/${other.id}`);
    assert.deepEqual(data.states, { sent: 1, canceled: 1 });
    assert.ok(data.canceledAt);
    clock.advance(2 * hourMs);
    await comesTo(other, { sent: 1, canceled: 1 });
    await simulator.drain();
    assert.deepEqual([received('in turns'), received('canceled')], [2, 1]);
  });

  it('can be planned, and fill in what differs from account to account', async () => {
    const scheduledAt = new Date(clock.now().getTime() + hourMs).toISOString();
    const broadcast = await create({
      all: undefined,
      sessionIds: ['acc1', 'acc2'],
      scheduledAt,
      timeZone: 'Asia/Kolkata',
      content: '{{account}}: {{ price }} {{weekday}}',
      variables: { price: '€ 5' },
    });
    await comesTo(broadcast, { scheduled: 2 });
    clock.advance(hourMs);
    await comesTo(broadcast, { sent: 2 });
    await simulator.drain();
    const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long', timeZone: 'Asia/Kolkata' });
    assert.equal(received(`Shop: € 5 ${weekday.format(Date.parse(scheduledAt))}`), 2);
  });

  it('keep their file for as long as an account is to post it', async () => {
    const points = { width: 40, height: 40, channels: 3, background: '#456' } as const;
    const picture = await sharp({ create: points }).png().toBuffer();
    const { filename } = await upload(server, 'image', picture);
    const sessionIds = ['acc1', 'acc2'];
    const broadcast = await create({
      type: 'image',
      content: filename,
      all: undefined,
      sessionIds,
      staggerSeconds: 3_600,
    });
    const refusal = await server.request.delete(`/api/uploads/${filename}?force=true`);
    assert.deepEqual([refusal.status, refusal.body.code], [409, 'conflict']);
    await comesTo(broadcast, { sent: 1, scheduled: 1 });
    await callApi(server, 'DELETE', `/uploads/${filename}?force=true`, { expected: 409 });
    await callApi(server, 'DELETE', `/broadcasts/${broadcast.id}`);
    await server.request.delete(`/api/uploads/${filename}?force=true`).expect(204);
  });

  it('refuse variables that nobody knows by their names, and what cannot be posted', async () => {
    const refused: [object, number, RegExp][] = [
      [{ content: 'Only {{price}} {{when}}', variables: {} }, 400, /no value for {{price}}, {{when}}/],
      [{ content: '' }, 400, /Write something/],
      [{ all: true, sessionIds: ['acc1'] }, 400, /either sessionIds or all/],
      [{ all: undefined, sessionIds: ['acc1', 'nobody'] }, 404, /nobody/],
      [{ colour: 'red' }, 400, /colour/],
    ];
    const { meta: before } = await callApi<{ meta: { total: number } }>(server, 'GET', '/broadcasts');
    for (const [body, status, sentence] of refused) {
      const whole = { type: 'text', content: 'x', all: true, ...body };
      const answer = await server.request.post('/api/broadcasts').send(whole);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.match((answer.body as { error: string }).error, sentence);
    }
    const { meta } = await callApi<{ meta: { total: number } }>(server, 'GET', '/broadcasts');
    assert.deepEqual(meta, before);
  });
});

describe('variables in a text', () => {
  it('are found and filled in once, and never by what is inside a value', () => {
    assert.deepEqual(variablesIn('{{a}} {{ b }} {{a}} {c} {{}} {{größe}}'), ['a', 'b', 'größe']);
    assert.equal(fillVariables('{{a}} {{b}} {{toString}}', { a: '{{b}} $&', b: '2' }), '{{b}} $& 2 {{toString}}');
  });
});
