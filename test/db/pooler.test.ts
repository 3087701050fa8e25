import assert from 'node:assert/strict';
import { checkDatabase, openDatabase } from '../../server/db/database.js';
import { DatabaseTrouble, startProblem } from '../../server/lib/database-trouble.js';
import { hasPgbouncer, startPgbouncer, type Pooler } from '../support/pgbouncer.js';
import { createPostgresDatabase } from '../support/postgres-server.js';
import { startTestServer } from '../support/test-server.js';

/** What whoever starts the server reads. */
async function refusalOf(url: string): Promise<string> {
  const error: unknown = await openDatabase({ url }).then(
    (db) => db.destroy(),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DatabaseTrouble, String(error));
  return startProblem(error);
}

describe('PostgreSQL behind pgbouncer', function () {
  this.timeout(60_000);
  let pooler: Pooler;
  let stop = (): Promise<void> => Promise.resolve();

  before(async function () {
    if (!hasPgbouncer) {
      process.stdout.write('    Skipped: pgbouncer is not installed (apt-get install pgbouncer).\n');
      this.skip();
    }
    pooler = await startPgbouncer(await createPostgresDatabase(), 'transaction');
    stop = pooler.stop;
  });
  after(() => stop());

  it('that lends connections for single transactions carries a whole server, from the first table on', async () => {
    const server = await startTestServer({ env: { DATABASE_URL: pooler.url } });
    try {
      const body = { sessionId: 'acc1', sessionName: 'Shop', authMethod: 'qrcode', start: false };
      await server.request.post('/api/sessions').send(body).expect(201);
      const answers = await Promise.all(Array.from({ length: 30 }, () => server.request.get('/api/stats').expect(200)));
      for (const { body: stats } of answers) assert.equal(stats.data.sessions.total, 1);
      await server.anonymous.get('/readyz').expect(200);
    } finally {
      await server.stop();
    }
  });

  it('is trusted by the certificate of its authority, and by no other', async () => {
    const withCa = `${pooler.url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(pooler.caFile)}`;
    const db = await openDatabase({ url: withCa });
    await checkDatabase(db);
    await db.destroy();
    await (await openDatabase({ url: `${pooler.url}?sslmode=no-verify` })).destroy();

    for (const mode of ['require', 'verify-ca', 'verify-full']) {
      assert.match(
        await refusalOf(`${pooler.url}?sslmode=${mode}`),
        /certificate of the database cannot be trusted.*sslrootcert=/,
      );
    }
    assert.match(await refusalOf(withCa.replace('localhost', '127.0.0.1')), /cannot be trusted.*host/);
    assert.match(await refusalOf(withCa.replace('ca.pem', 'none.pem')), /none\.pem.*sslrootcert=/);
  });

  it('that lends them for single statements is refused in words', async () => {
    const other = await startPgbouncer(await createPostgresDatabase(), 'statement');
    try {
      assert.match(await refusalOf(other.url), /pool_mode = transaction/);
    } finally {
      await other.stop();
    }
  });
});
