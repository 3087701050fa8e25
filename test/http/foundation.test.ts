import assert from 'node:assert/strict';
import { createMigratedPostgresDatabase } from '../support/postgres-server.js';
import { eventually } from '../support/eventually.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('the web server', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('answers the probes without a key, in one word', async () => {
    const alive = await server.anonymous.get('/healthz').expect(200);
    assert.equal(alive.text, 'ok');
    const ready = await server.anonymous.get('/readyz').expect(200);
    assert.equal(ready.text, 'ready');
  });

  it('tells how its parts are, to those with a key', async () => {
    // Not yet where the first media worker takes long to start.
    const answer = await eventually(async () => {
      const { body } = await server.request.get('/api/health').expect(200);
      assert.equal(body.data.status, 'ok');
      return { body };
    });
    assert.equal(answer.body.data.parts.database.status, 'ok');
    assert.equal(answer.body.data.parts.database.details.engine, 'sqlite');
  });

  it('counts nothing at the start', async () => {
    const answer = await server.request.get('/api/stats').expect(200);
    assert.deepEqual(answer.body.data, {
      sessions: { total: 0, connected: 0 },
      statuses: { total: 0, sent: 0, failed: 0, last24Hours: 0 },
      views: { total: 0, last24Hours: 0 },
      people: { total: 0 },
    });
  });
});

describe('the web server on PostgreSQL', function () {
  this.timeout(60_000);

  it('serves and counts as it does on SQLite', async () => {
    const server = await startTestServer({ env: { DATABASE_URL: await createMigratedPostgresDatabase() } });
    try {
      const health = await server.request.get('/api/health').expect(200);
      assert.equal(health.body.data.parts.database.details.engine, 'postgres');
      const stats = await server.request.get('/api/stats').expect(200);
      assert.equal(stats.body.data.sessions.total, 0);
      await server.request.get('/api/sessions').expect(200);
      await server.anonymous.get('/readyz').expect(200);
    } finally {
      await server.stop();
    }
  });
});
