import assert from 'node:assert/strict';
import path from 'node:path';
import supertest from 'supertest';
import type { ApiKeyView, CreatedApiKey } from '../../server/contract/access.js';
import type { Failure } from '../../server/contract/errors.js';
import { connectDatabase } from '../../server/db/database.js';
import { insertRows } from '../../server/db/dialect.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const all = ['read', 'send', 'manage'];
const hour = 60 * 60_000;

describe('keys over the API', () => {
  let server: TestServer;
  let now: Date;
  beforeEach(async () => {
    now = new Date('2026-01-28T10:00:00.000Z');
    server = await startTestServer({ replace: { clock: { now: () => now } } });
    await server.request.post('/api/organizations').send({ id: 'acme', name: 'Acme' }).expect(201);
    for (const sessionId of ['acc1', 'acc2']) {
      const body = { sessionId, sessionName: sessionId, authMethod: 'qrcode', start: false };
      await server.request.post('/api/sessions').send(body).expect(201);
    }
  });
  afterEach(() => server.stop());

  const agentOf = (apiKey: string) => supertest.agent(server.url).set('x-api-key', apiKey);
  type Agent = TestServer['request'];
  const inAnHour = (hours = 1): string => new Date(now.getTime() + hours * hour).toISOString();

  async function make(body: object, by: Agent = server.request): Promise<CreatedApiKey> {
    const answer = await by
      .post('/api/keys')
      .send({ name: 'Key', capabilities: all, ...body })
      .expect(201);
    return (answer.body as { data: CreatedApiKey }).data;
  }
  async function refused(body: object, status: number, by: Agent = server.request): Promise<Failure> {
    const answer = await by.post('/api/keys').send({ name: 'Key', capabilities: all, ...body });
    assert.equal(answer.status, status, answer.text);
    return answer.body as Failure;
  }
  async function listed(query: Record<string, string> = {}, by: Agent = server.request): Promise<ApiKeyView[]> {
    const answer = await by.get('/api/keys').query(query).expect(200);
    return (answer.body as { data: ApiKeyView[] }).data;
  }

  it('are shown when they are made and never again', async () => {
    const { apiKey, ...shown } = await make({ name: 'Desk', capabilities: ['send', 'read'] });
    assert.match(apiKey, /^wamk_[\w-]{43}$/);
    assert.deepEqual(shown, {
      id: shown.id,
      organizationId: 'default',
      sessionId: null,
      kind: 'admin',
      name: 'Desk',
      prefix: apiKey.slice(0, 12),
      capabilities: ['read', 'send'],
      state: 'active',
      rateLimitMax: null,
      createdBy: 'root',
      createdAt: now.toISOString(),
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    });
    const list = await server.request.get('/api/keys').expect(200);
    const one = await server.request.get(`/api/keys/${shown.id}`).expect(200);
    for (const { text } of [list, one]) assert.ok(!text.includes(apiKey.slice(12)) && !text.includes('hash'));
    assert.deepEqual((one.body as { data: ApiKeyView }).data, shown);
  });

  it('know whom they stand for, and when they were used last', async () => {
    const { apiKey, id } = await make({ name: 'Desk', organizationId: 'acme' });
    const me = await agentOf(apiKey).get('/api/me').expect(200);
    assert.deepEqual(me.body.data, {
      kind: 'admin',
      name: 'Desk',
      organizationId: 'acme',
      sessionId: null,
      capabilities: all,
      expiresAt: null,
    });
    await server.app.drain();
    const lastUse = async () => (await server.request.get(`/api/keys/${id}`)).body.data.lastUsedAt as unknown;
    assert.equal(await lastUse(), now.toISOString());
    now = new Date(now.getTime() + hour);
    await agentOf(apiKey).get('/api/me').expect(200);
    await server.app.drain();
    assert.equal(await lastUse(), now.toISOString());
  });

  it('are made for one session, also later', async () => {
    const { apiKey, ...key } = await make({ sessionId: 'acc1', capabilities: ['read'] });
    assert.match(apiKey, /^wask_/);
    assert.deepEqual([key.kind, key.sessionId], ['session', 'acc1']);
    const own = agentOf(apiKey);
    await own.get('/api/sessions/acc1').expect(200);
    await own.get('/api/sessions/acc2').expect(404);
    await own.post('/api/sessions/acc1/stop').expect(403);
    await own.get('/api/keys').expect(403);
    const ofSession = await listed({ sessionId: 'acc1' });
    assert.deepEqual(
      ofSession.map(({ createdBy, prefix }) => [createdBy, prefix.slice(0, 5)]),
      [
        ['root', 'wask_'],
        ['root', 'wask_'],
      ],
    );
  });

  it('with "manage" make others in their organization only, and never with more than they have', async () => {
    const maker = agentOf(
      (await make({ organizationId: 'acme', name: 'Maker', capabilities: ['read', 'manage'] })).apiKey,
    );
    const made = await make({ capabilities: ['read'] }, maker);
    assert.deepEqual([made.organizationId, made.createdBy], ['acme', 'Maker']);
    assert.match((await refused({ capabilities: ['read', 'send'] }, 403, maker)).error, /"send"/);
    await refused({ capabilities: ['read'], organizationId: 'default' }, 404, maker);
    await refused({ capabilities: ['read'], sessionId: 'acc1' }, 404, maker);
    await refused({ capabilities: ['read'], rateLimitMax: 1_000 }, 403, maker);
    await refused({ capabilities: ['read'], organizationId: 'nowhere' }, 404);
    await refused({ sessionId: 'acc1', organizationId: 'acme' }, 404);
    const reader = agentOf(made.apiKey);
    await refused({ capabilities: ['read'] }, 403, reader);
    assert.equal((await listed({ organizationId: 'acme' })).length, 2);
    assert.equal((await listed({ organizationId: 'default' }, maker)).length, 0);
    assert.equal((await listed({}, maker)).length, 2);
  });

  it('are not outlived by what they make or change', async () => {
    const ending = await make({ expiresAt: inAnHour() });
    const maker = agentOf(ending.apiKey);
    assert.equal((await make({}, maker)).expiresAt, inAnHour());
    assert.equal((await make({ expiresAt: inAnHour(0.5) }, maker)).expiresAt, inAnHour(0.5));
    await refused({ expiresAt: inAnHour(2) }, 403, maker);
    await refused({ expiresAt: null }, 403, maker);
    await maker
      .patch(`/api/keys/${ending.id}`)
      .send({ expiresAt: inAnHour(2) })
      .expect(403);
    await maker.patch(`/api/keys/${ending.id}`).send({ expiresAt: null }).expect(403);
    await maker.patch(`/api/keys/${ending.id}`).send({ name: 'Renamed' }).expect(200);
  });

  it('cannot be changed by those who have less', async () => {
    const strong = await make({ organizationId: 'acme', expiresAt: inAnHour() });
    const weak = agentOf((await make({ organizationId: 'acme', capabilities: ['manage'] })).apiKey);
    await weak.patch(`/api/keys/${strong.id}`).send({ expiresAt: null }).expect(403);
    await weak.delete(`/api/keys/${strong.id}`).expect(204);
  });

  it('stop working at the moment of their end, and go on when it is moved in time', async () => {
    const { apiKey, id } = await make({ expiresAt: inAnHour() });
    const own = agentOf(apiKey);
    now = new Date(now.getTime() + hour - 1);
    await own.get('/api/me').expect(200);
    now = new Date(now.getTime() + 1);
    await own.get('/api/me').expect(401);
    assert.deepEqual(
      (await listed({ state: 'expired' })).map((key) => key.id),
      [id],
    );
    await server.request.patch(`/api/keys/${id}`).send({ expiresAt: inAnHour() }).expect(200);
    await own.get('/api/me').expect(200);
    const past = await server.request.patch(`/api/keys/${id}`).send({ expiresAt: now.toISOString() }).expect(400);
    assert.match((past.body as Failure).error, /future/);
    await refused({ expiresAt: '2020-01-01T00:00:00.000Z' }, 400);
    await server.request.patch(`/api/keys/${id}`).send({ expiresAt: null }).expect(200);
    now = new Date(now.getTime() + 24 * hour);
    await own.get('/api/me').expect(200);
  });

  it('are revoked at once, twice is fine, and they stay as they were', async () => {
    const { apiKey, id } = await make({});
    const own = agentOf(apiKey);
    await own.get('/api/me').expect(200);
    await own.delete(`/api/keys/${id}`).expect(204);
    await own.get('/api/me').expect(401);
    const at = now.toISOString();
    now = new Date(now.getTime() + 5_000);
    await server.request.delete(`/api/keys/${id}`).expect(204);
    const key = (await server.request.get(`/api/keys/${id}`).expect(200)).body.data as ApiKeyView;
    assert.deepEqual([key.state, key.revokedAt], ['revoked', at]);
    await server.request.patch(`/api/keys/${id}`).send({ name: 'Back' }).expect(409);
    await server.request.delete('/api/keys/none').expect(404);
    assert.deepEqual(
      (await listed({ state: 'revoked' })).map((one) => one.id),
      [id],
    );
    assert.ok((await listed({ state: 'active' })).every((one) => one.id !== id));
  });

  it('are listed page by page, newest first, each once', async () => {
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) made.unshift((await make({ organizationId: 'acme' })).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = { limit: '2', organizationId: 'acme', ...(cursor !== null && { cursor }) };
      const answer = await server.request.get('/api/keys').query(query).expect(200);
      const { data, meta } = answer.body as { data: ApiKeyView[]; meta: { total: number; nextCursor: string | null } };
      assert.equal(meta.total, 5);
      seen.push(...data.map(({ id }) => id));
      cursor = meta.nextCursor;
    } while (cursor !== null);
    assert.deepEqual(seen, made);
    await server.request.get('/api/keys').query({ cursor: 'nonsense' }).expect(400);
  });

  it('are made once for one idempotency key, and the answer stays with its caller', async () => {
    const body = { name: 'Once', capabilities: ['read'] };
    const send = (by: Agent) => by.post('/api/keys').set('idempotency-key', 'k1').send(body).expect(201);
    const [first, second] = [await send(server.request), await send(server.request)];
    assert.equal(first.text, second.text);
    const other = await send(agentOf((await make({})).apiKey));
    assert.notEqual(other.body.data.apiKey, first.body.data.apiKey);
  });

  it('are not made without end', async () => {
    for (let count = 1; count < 100; count += 1) await make({ sessionId: 'acc1' });
    assert.match((await refused({ sessionId: 'acc1' }, 409)).error, /at most 100 keys/);
    const [last] = await listed({ sessionId: 'acc1', limit: '1' });
    await server.request.delete(`/api/keys/${last?.id ?? ''}`).expect(204);
    await make({ sessionId: 'acc1' });
    await make({ sessionId: 'acc2' });
  });

  it('of an organization are not made without end either; keys of its sessions do not count', async () => {
    const db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    const columns = [
      'id',
      'organization_id',
      'kind',
      'name',
      'hash',
      'prefix',
      'capabilities',
      'created_by',
      'created_at',
    ];
    const common = { organization_id: 'default', kind: 'admin', name: 'Key', prefix: 'wamk_', capabilities: 'read' };
    const rows = Array.from({ length: 999 }, (_, index) => ({
      ...common,
      id: `K${String(index)}`,
      hash: `hash ${String(index)}`,
      created_by: 'root',
      created_at: 1,
    }));
    await insertRows(db, { table: 'api_keys', columns, rows });
    await db.destroy();
    await make({});
    assert.match((await refused({}, 409)).error, /An organization has at most 1,000 keys/);
    await make({ organizationId: 'acme' });
  });

  it('refuse bad input in words and change nothing', async () => {
    const before = await listed();
    for (const body of [
      { name: '' },
      { name: 'x'.repeat(101) },
      { capabilities: [] },
      { capabilities: ['fly'] },
      { expiresAt: 'tomorrow' },
      { rateLimitMax: 0 },
      { kind: 'root' },
      { sessionId: '../x' },
    ]) {
      const failure = await refused(body, 400);
      assert.ok(failure.details?.['fields'], JSON.stringify(body));
    }
    await refused({ sessionId: 'none' }, 404);
    assert.deepEqual(await listed(), before);
  });

  describe('with a request limit of their own', () => {
    it('are counted for themselves, whatever the address has used up', async () => {
      await server.stop();
      server = await startTestServer({ env: { RATE_LIMIT_MAX: '5' } });
      const { apiKey, id } = await make({ rateLimitMax: 8 });
      const own = agentOf(apiKey);
      for (let count = 0; count < 8; count += 1) {
        const answer = await own.get('/api/me').expect(200);
        assert.equal(answer.headers['ratelimit-limit'], '8');
      }
      const refusal = await own.get('/api/me').expect(429);
      assert.equal((refusal.body as Failure).code, 'rate_limited');
      assert.ok(Number(refusal.headers['retry-after']) > 0);
      await server.request.get('/api/me').expect(200);
      await server.request.patch(`/api/keys/${id}`).send({ rateLimitMax: 12 }).expect(200);
      await own.get('/api/me').expect(200);
      await server.request.get('/api/me').expect(200);
      await server.request.get('/api/me').expect(200);
      await server.request.get('/api/me').expect(429);
      await own.get('/api/me').expect(200);
    });

    it('lose it when they are revoked: what is left is a wrong key from that address', async () => {
      await server.stop();
      server = await startTestServer({ env: { RATE_LIMIT_MAX: '2' } });
      const { apiKey, id } = await make({ rateLimitMax: 100 });
      const own = agentOf(apiKey);
      await own.get('/api/me').expect(200);
      await server.request.delete(`/api/keys/${id}`).expect(204);
      await own.get('/api/me').expect(401);
      await own.get('/api/me').expect(401);
      await own.get('/api/me').expect(429);
    });
  });
});
