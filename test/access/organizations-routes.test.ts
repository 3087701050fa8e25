import assert from 'node:assert/strict';
import path from 'node:path';
import supertest from 'supertest';
import type { Organization } from '../../server/contract/access.js';
import type { Failure } from '../../server/contract/errors.js';
import { connectDatabase } from '../../server/db/database.js';
import { createMigratedPostgresDatabase } from '../support/postgres-server.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { makeKey } from '../support/principals.js';

for (const engine of ['SQLite', 'PostgreSQL'] as const) {
  describe(`organizations over the API (${engine})`, function () {
    this.timeout(60_000);
    let server: TestServer;
    beforeEach(async () => {
      const env = engine === 'PostgreSQL' ? { DATABASE_URL: await createMigratedPostgresDatabase() } : {};
      server = await startTestServer({ env });
    });
    afterEach(() => server.stop());

    const create = (body: object) => server.request.post('/api/organizations').send(body);
    const get = async (id: string): Promise<Organization> => {
      const answer = await server.request.get(`/api/organizations/${id}`).expect(200);
      return (answer.body as { data: Organization }).data;
    };

    it('are made, read, renamed and listed by root', async () => {
      const made = (await create({ id: 'acme', name: ' Acme ' }).expect(201)).body.data as Organization;
      assert.deepEqual(made, {
        id: 'acme',
        name: 'Acme',
        createdAt: made.createdAt,
        sessionCount: 0,
        keyCount: 0,
      });
      assert.match((await create({ name: 'Nameless' }).expect(201)).body.data.id, /^[0-9A-HJKMNP-TV-Z]{26}$/);
      await server.request.patch('/api/organizations/acme').send({ name: 'Acme Ltd' }).expect(200);
      assert.equal((await get('acme')).name, 'Acme Ltd');
      const list = await server.request.get('/api/organizations').query({ limit: '2' }).expect(200);
      assert.equal(list.body.meta.total, 3);
      const rest = await server.request
        .get('/api/organizations')
        .query({ cursor: list.body.meta.nextCursor })
        .expect(200);
      const ids = [...list.body.data, ...rest.body.data].map(({ id }: Organization) => id);
      assert.equal(new Set(ids).size, 3);
      assert.equal(ids[0], 'default');
    });

    it('have one id each, and a name', async () => {
      await create({ id: 'acme', name: 'Acme' }).expect(201);
      await create({ id: 'acme', name: 'Another' }).expect(409);
      await create({ id: 'a b', name: 'x' }).expect(400);
      await create({ name: '' }).expect(400);
      await server.request.patch('/api/organizations/none').send({ name: 'x' }).expect(404);
      await server.request.get('/api/organizations/none').expect(404);
      assert.equal((await get('acme')).name, 'Acme');
    });

    it('are not deleted while they have sessions, nor is the first one', async () => {
      await create({ id: 'acme', name: 'Acme' }).expect(201);
      const { apiKey } = await makeKey(server, { organizationId: 'acme' });
      const admin = supertest.agent(server.url).set('x-api-key', apiKey);
      const session = { sessionId: 'acc1', sessionName: 'A', authMethod: 'qrcode', start: false };
      await admin.post('/api/sessions').send(session).expect(201);
      assert.deepEqual([(await get('acme')).sessionCount, (await get('acme')).keyCount], [1, 2]);
      const refusal = (await server.request.delete('/api/organizations/acme').expect(409)).body as Failure;
      assert.match(refusal.error, /still has a session/);
      await server.request.delete('/api/organizations/default').expect(409);
      await admin.get('/api/sessions/acc1').expect(200);

      await server.request.delete('/api/sessions/acc1').expect(200);
      await server.request.delete('/api/organizations/acme').expect(204);
      await server.request.get('/api/organizations/acme').expect(404);
      await server.request.delete('/api/organizations/acme').expect(404);
      await admin.get('/api/me').expect(401);
    });

    it('find what belongs to them in lists, and nothing else', async () => {
      await create({ id: 'acme', name: 'Acme' }).expect(201);
      const { apiKey } = await makeKey(server, { organizationId: 'acme' });
      const admin = supertest.agent(server.url).set('x-api-key', apiKey);
      for (const [by, sessionId] of [[server.request, 'far'] as const, [admin, 'near'] as const]) {
        const session = { sessionId, sessionName: 'A', authMethod: 'qrcode', start: false };
        await by.post('/api/sessions').send(session).expect(201);
      }
      const seen = await admin.get('/api/sessions').expect(200);
      assert.deepEqual(
        seen.body.data.map((one: { sessionId: string }) => one.sessionId),
        ['near'],
      );
      const keys = await admin.get('/api/keys').expect(200);
      assert.equal(keys.body.meta.total, 2);
      assert.equal((await admin.get('/api/stats').expect(200)).body.data.sessions.total, 1);
      await admin.get('/api/sessions/far').expect(404);
    });
  });
}

describe('an organization with things that nobody counts', () => {
  it('is not deleted with them', async () => {
    const server = await startTestServer();
    try {
      await server.request.post('/api/organizations').send({ id: 'acme', name: 'Acme' }).expect(201);
      const db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
      await db.schema.createTable('things', (t) => t.text('organization_id').references('id').inTable('organizations'));
      await db('things').insert({ organization_id: 'acme' });
      await db.destroy();
      const refusal = await server.request.delete('/api/organizations/acme').expect(409);
      assert.match((refusal.body as Failure).error, /still belongs/);
      await server.request.get('/api/organizations/acme').expect(200);
    } finally {
      await server.stop();
    }
  });
});
