import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { AppEvent } from '../../server/contract/events.js';
import type { Draft } from '../../server/contract/planning/drafts.js';
import type { Page } from '../../server/contract/envelope.js';
import type { Failure } from '../../server/contract/errors.js';
import { EventBus } from '../../server/events/event-bus.js';
import { createLogger } from '../../server/lib/logger.js';
import { makeKey } from '../support/principals.js';
import { upload } from '../support/media-journey.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('drafts', function () {
  this.timeout(30_000);
  const bus = new EventBus(createLogger({ logLevel: 'silent' }));
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ replace: { bus } });
  });
  after(() => server.stop());

  const create = async (body: object): Promise<Draft> => {
    const answer = await server.request.post('/api/drafts').send(body);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return (answer.body as { data: Draft }).data;
  };
  const list = async (query = ''): Promise<Page<Draft>> => {
    const { body } = await server.request.get(`/api/drafts${query}`).expect(200);
    const { data, meta } = body as { data: Draft[]; meta: { total: number; nextCursor: string | null } };
    return { items: data, ...meta };
  };
  const picture = (background: string): Promise<Buffer> =>
    sharp({ create: { width: 60, height: 40, channels: 3, background } })
      .jpeg()
      .toBuffer();

  it('keep what is not finished as it was written, and tell of every change', async () => {
    const heard: AppEvent[] = [];
    const stop = bus.subscribe((event) => heard.push(event));
    const status = {
      type: 'text',
      content: '',
      style: { backgroundColor: 'teal' },
      targetNumbers: '98765, not a num',
      sessionIds: ['acc1', 'acc2'],
      scheduledAt: '2030-01-01T09:00',
      timeZone: 'Asia/Kolkata',
      items: [{ type: 'text', content: 'x'.repeat(900) }, {}],
      rule: 'freq=daily',
      variables: { price: '5' },
    };
    const draft = await create({ status });
    const kept = { ...status, style: { backgroundColor: '#008080' }, rule: 'FREQ=DAILY' };
    assert.deepEqual([draft.name, draft.status, draft.media], [null, kept, null]);
    const path = `/api/drafts/${draft.id}`;
    const { body } = await server.request.patch(path).send({ name: 'Offer' }).expect(200);
    const named = (body as { data: Draft }).data;
    assert.deepEqual([named.name, named.status], ['Offer', kept]);
    const replaced = await server.request.patch(path).send({ name: ' ', status: {} }).expect(200);
    const emptied = (replaced.body as { data: Draft }).data;
    assert.deepEqual([emptied.name, emptied.status], [null, {}]);
    assert.deepEqual(((await server.request.get(path)).body as { data: Draft }).data, emptied);
    await server.request.delete(path).expect(204);
    await server.request.get(path).expect(404);
    await server.request.patch(path).send({ name: 'Gone' }).expect(404);
    stop();
    const payload = { organizationId: 'default', draftId: draft.id };
    const told = { name: 'drafts-updated', organizationId: 'default', sessionId: null, payload };
    assert.deepEqual(heard, [told, told, told, told]);
  });

  it('are made once for one idempotency key', async () => {
    const ask = () =>
      server.request.post('/api/drafts').set('idempotency-key', 'once').send({ name: 'Once', status: {} });
    const [first, second] = [await ask(), await ask()];
    assert.deepEqual(second.body, first.body);
    assert.equal((await list('?search=once')).total, 1);
  });

  it('are listed by their last change, page by page, and found by words of their name and texts', async () => {
    const [first, second, third] = [
      await create({ name: 'Größe XL', status: { type: 'text', content: 'Winter sale' } }),
      await create({ status: { type: 'url', caption: 'winter reading', content: 'example.com' } }),
      await create({ name: '100%', status: { items: [{ caption: 'Winter walk' }] } }),
    ];
    await server.request.patch(`/api/drafts/${first.id}`).send({ name: 'GRÖSSE XL' }).expect(200);
    const idsOf = ({ items }: Page<Draft>) => items.map(({ id }) => id);
    const one = await list('?search=winter&limit=2');
    assert.deepEqual([idsOf(one), one.total], [[first.id, third.id], 3]);
    const two = await list(`?search=winter&limit=2&cursor=${one.nextCursor ?? ''}`);
    assert.deepEqual([idsOf(two), two.nextCursor], [[second.id], null]);
    assert.deepEqual(idsOf(await list('?search=XL%20sale')), [first.id]);
    assert.deepEqual(idsOf(await list('?search=0%25')), [third.id]);
    await server.request.get('/api/drafts?cursor=nonsense').expect(400);
  });

  it('refuse fields that posting does not know, and more people than fit, and change nothing', async () => {
    const { total } = await list();
    const numbers = Array.from({ length: 5_001 }, (_, index) => String(919_800_000_000 + index));
    const refused: [object, RegExp][] = [
      [{ status: { colour: 'red' } }, /colour/],
      [{ status: { items: [{ audience: { kind: 'self' } }] } }, /audience/],
      [{ status: { audience: { kind: 'numbers', numbers } } }, /Make a list of them/],
      [{ status: { rule: 'FREQ=SECONDLY' } }, /FREQ must be one of/],
      [{ name: 'x' }, /./],
    ];
    for (const [body, sentence] of refused) {
      const answer = await server.request.post('/api/drafts').send(body).expect(400);
      assert.match(JSON.stringify((answer.body as Failure).details), sentence);
    }
    assert.equal((await list()).total, total);
  });

  it('keep the files that they show, and only show what whoever writes them may see', async () => {
    const [first, second] = [
      await upload(server, 'image', await picture('red')),
      await upload(server, 'image', await picture('blue')),
    ];
    const status = {
      type: 'image',
      content: '',
      items: [
        { type: 'image', content: first.filename },
        { type: 'image', content: second.filename },
      ],
    };
    const draft = await create({ name: 'Pictures', status });
    assert.equal(draft.media?.thumbnailUrl, first.thumbnailUrl);
    const refused = await server.request.delete(`${second.url}?force=true`).expect(409);
    assert.match((refused.body as Failure).error, new RegExp(`The draft ${draft.id} shows this file`));
    await server.request
      .patch(`/api/drafts/${draft.id}`)
      .send({ status: { type: 'image', content: first.filename } })
      .expect(200);
    await server.request.delete(second.url).expect(204);
    await server.request.post('/api/organizations').send({ id: 'globex', name: 'globex' }).expect(201);
    const { apiKey } = await makeKey(server, { organizationId: 'globex', capabilities: ['read', 'send'] });
    const theirs = server.anonymous.post('/api/drafts').set('x-api-key', apiKey);
    await theirs.send({ status: { type: 'image', content: first.filename } }).expect(404);
    await server.request.delete(`/api/drafts/${draft.id}`).expect(204);
    await server.request.delete(first.url).expect(204);
  });

  it('show nobody a file of another organization, whoever names it', async () => {
    const file = await upload(server, 'image', await picture('green'));
    await server.request.post('/api/organizations').send({ id: 'initech', name: 'initech' }).expect(201);
    const { apiKey } = await makeKey(server, { organizationId: 'initech', capabilities: ['read', 'send'] });
    const theirs = await server.anonymous.post('/api/drafts').set('x-api-key', apiKey).send({ status: {} }).expect(201);
    const path = `/api/drafts/${(theirs.body as { data: Draft }).data.id}`;
    const status = { type: 'image', content: file.filename };
    await server.request.patch(path).send({ status }).expect(404);
    await server.anonymous.get(file.url).set('x-api-key', apiKey).expect(404);
    assert.deepEqual(((await server.request.get(path)).body as { data: Draft }).data.status, {});
    const own = await create({ status });
    await server.request.patch(`/api/drafts/${own.id}`).send({ status }).expect(200);
  });
});
