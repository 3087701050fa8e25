import assert from 'node:assert/strict';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { sampleRoutes } from './sample-routes.js';

describe('a route', () => {
  let server: TestServer;
  const { routes, made } = sampleRoutes();
  before(async () => {
    server = await startTestServer({ replace: { extraRoutes: routes } });
  });
  after(() => server.stop());
  beforeEach(() => {
    made.length = 0;
  });

  it('wraps one object in the envelope', async () => {
    const answer = await server.request.post('/api/things').send({ name: 'a' }).expect(201);
    assert.deepEqual(answer.body, { success: true, data: { name: 'a', number: 1 } });
    assert.equal(answer.headers['cache-control'], 'no-store');
  });

  it('wraps a page in the envelope, with meta', async () => {
    made.push('a', 'b', 'c');
    const answer = await server.request.get('/api/things?limit=2').expect(200);
    assert.deepEqual(answer.body, { success: true, data: ['a', 'b'], meta: { total: 3, nextCursor: null } });
  });

  it('takes the key as a bearer token too', async () => {
    const bearer = server.anonymous.get('/api/things').set('authorization', `Bearer ${server.apiKey}`);
    await bearer.expect(200);
    await server.anonymous.get('/api/things').set('authorization', `bearer ${server.apiKey}x`).expect(401);
    await server.anonymous.get('/api/things').set('authorization', `Basic ${server.apiKey}`).expect(401);
  });

  it('may answer without a key only when it says so', async () => {
    const answer = await server.anonymous.get('/api/for-all').expect(200);
    assert.deepEqual(answer.body.data, { anonymous: true });
    for (const path of ['/api/things', '/api/openapi.json', '/api/health', '/api/nothing']) {
      await server.anonymous.get(path).expect(401);
    }
  });

  it('may answer in another form', async () => {
    const csv = await server.request.get('/api/text').set('accept', 'text/csv').expect(200);
    assert.equal(csv.text, 'a,b\n');
    assert.match(csv.headers['content-type'] ?? '', /^text\/csv/);
    const json = await server.request.get('/api/text').expect(200);
    assert.deepEqual(json.body.data, { text: 'a' });
  });

  it('answers HEAD as GET, and OPTIONS with the methods', async () => {
    await server.request.head('/api/things').expect(200);
    const options = await server.request.options('/api/things').expect(204);
    assert.equal(options.headers['allow'], 'POST, GET, HEAD');
  });

  it('keeps what went wrong inside to itself', async () => {
    const answer = await server.request.get('/api/broken/bug').expect(500);
    assert.equal(answer.body.code, 'internal_error');
    assert.ok(!answer.text.includes('secret'));
    assert.ok(answer.body.requestId);
  });

  it('is found out when it answers something else than it says', async () => {
    await server.request.get('/api/broken/answer').expect(500);
  });

  it('takes JSON of every name, as long as it may be and no longer', async () => {
    const post = (body: string) =>
      server.request.post('/api/things').set('content-type', 'application/vnd.things+json').send(body);
    await post('{"name":"a"}').expect(201);
    const longest = `{"name":"${'x'.repeat(1024 * 1024 - '{"name":""}'.length)}"}`;
    await post(longest).expect(201);
    assert.equal((await post(`${longest} `).expect(413)).body.code, 'payload_too_large');
  });

  it('waits for nothing where there is nothing to wait for, and does not say that it did', async () => {
    const answer = await server.request.post('/api/things').set('prefer', 'wait=5').send({ name: 'a' }).expect(201);
    assert.equal(answer.headers['preference-applied'], undefined);
  });

  it('says when to come back', async () => {
    const answer = await server.request.get('/api/broken/busy').expect(503);
    assert.equal(answer.headers['retry-after'], '7');
  });

  it('keeps the request id of the caller, unless it is odd', async () => {
    const kept = await server.request.get('/api/things').set('x-request-id', 'mine-1');
    assert.equal(kept.headers['x-request-id'], 'mine-1');
    for (const odd of ['a b"c', '<b>', 'x'.repeat(65)]) {
      const replaced = await server.request.get('/api/things').set('x-request-id', odd);
      assert.match(replaced.headers['x-request-id'] ?? '', /^[0-9A-Z]{26}$/, odd);
    }
    const longest = await server.request.get('/api/things').set('x-request-id', 'x'.repeat(64));
    assert.equal(longest.headers['x-request-id'], 'x'.repeat(64));
  });

  describe('with an idempotency key', () => {
    const post = (key: string, body: object) =>
      server.request.post('/api/things').set('idempotency-key', key).send(body);

    it('gives the first answer again instead of acting twice', async () => {
      const first = await post('k1', { name: 'a' }).expect(201);
      made.push('another');
      const second = await post('k1', { name: 'a' }).expect(201);
      assert.deepEqual(second.body, first.body);
      assert.deepEqual(made, ['a', 'another']);
    });

    it('refuses the same key with another body', async () => {
      await post('k2', { name: 'a' }).expect(201);
      const answer = await post('k2', { name: 'b' }).expect(409);
      assert.equal(answer.body.code, 'conflict');
      assert.deepEqual(made, ['a']);
    });

    it('acts once when the same request comes many times at once', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => post('k3', { name: 'a' })));
      assert.deepEqual(made, ['a']);
      assert.ok(answers.every((answer) => answer.status === 201 || answer.status === 409));
      assert.ok(answers.some((answer) => answer.status === 201));
    });

    it('forgets a failure, so that the caller may try again', async () => {
      await post('k4', { name: 'taken' }).expect(409);
      await post('k4', { name: 'fine' }).expect(201);
    });
  });
});
