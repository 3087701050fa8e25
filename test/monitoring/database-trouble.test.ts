import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Failure } from '../../server/contract/errors.js';
import type { Health } from '../../server/contract/monitoring.js';
import { createLogger } from '../../server/lib/logger.js';
import { eventually } from '../support/eventually.js';
import { startLine } from '../support/line.js';
import { createMigratedPostgresDatabase } from '../support/postgres-server.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount, postAndWait } from '../support/link-account.js';

/** What a log has at `info` and above. */
function readableLog() {
  const lines: { level: number; msg: string; trouble?: string; reason?: string }[] = [];
  const logger = createLogger({ logLevel: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
  return { logger, bad: () => lines.filter(({ level }) => level > 30), lines };
}

async function healthOf(server: TestServer): Promise<Health> {
  const { body } = await server.request.get('/api/health').expect(200);
  return body.data as Health;
}

const readiness = async (server: TestServer): Promise<number> => (await server.anonymous.get('/readyz')).status;

describe('a server whose SQLite file goes away', function () {
  this.timeout(120_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let file: string;
  let contact: string;
  const log = readableLog();

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, replace: { logger: log.logger } });
    file = path.join(server.dataDir, 'data', 'statuscast.sqlite');
    await linkAccount(server, simulator);
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  it('posts nothing, says so everywhere and once in the log, and goes on when it is back', async () => {
    const post = (content: string): object => ({ type: 'text', content, targetNumbers: [contact] });
    simulator.controls.faults.outage({ upgradeStatus: 503 });
    await eventually(async () => {
      const { data } = await callApi<{ data: { connected: boolean } }>(
        server,
        'GET',
        '/sessions/acc1/connection-status',
      );
      return !data.connected;
    });
    await server.request.post('/api/sessions/acc1/send-status').send(post('before')).expect(202);
    log.lines.length = 0;
    await rename(file, `${file}.away`);
    await writeFile(file, '');
    simulator.controls.faults.outage({ upgradeStatus: null });

    const refused = await server.request.post('/api/sessions/acc1/send-status').send(post('lost')).expect(503);
    const failure = refused.body as Failure;
    assert.equal(failure.code, 'unavailable');
    assert.match(failure.error, /file of the database was replaced while the server runs/);
    assert.equal(refused.headers['retry-after'], '60');
    assert.equal(await readiness(server), 503);
    const { status, parts, accounts } = await healthOf(server);
    assert.equal(status, 'failed');
    assert.match(
      parts['database']?.message ?? '',
      /was replaced .* Put the file that was at .*statuscast\.sqlite back/,
    );
    assert.equal(parts['database']?.details['trouble'], 'moved');
    assert.equal(accounts.length, 1);
    for (let time = 0; time < 30; time += 1) {
      await server.request.post('/api/sessions/acc1/send-status').send(post('lost')).expect(503);
    }
    // The account sets out again and again, and what waits for it stays where it is.
    await simulator.drain();
    assert.deepEqual(simulator.statuses(contact), []);
    assert.deepEqual(
      log.bad().map(({ msg, trouble }) => [msg, trouble]),
      [['the database cannot be used; work goes on when it is well again', 'moved']],
    );

    await rename(`${file}.away`, file);
    await eventually(async () => (await readiness(server)) === 200, { what: 'the server to be ready' });
    assert.ok(log.lines.some(({ msg }) => msg === 'the database works again'));
    await eventually(() => assert.equal(simulator.statuses(contact).length, 1), { timeoutMs: 60_000 });
    const { state } = await postAndWait(server, post('after'));
    assert.equal(state, 'sent');
    await simulator.drain();
    assert.deepEqual(
      simulator.statuses(contact).map(({ text }) => text),
      ['before', 'after'],
    );
  });
});

describe('a server whose PostgreSQL goes away', function () {
  this.timeout(120_000);

  it('says so everywhere and once in the log, and goes on when it is back', async () => {
    const url = new URL(await createMigratedPostgresDatabase());
    const port = Number(url.port);
    let line = await startLine(port);
    url.port = String(line.port);
    const log = readableLog();
    const server = await startTestServer({ env: { DATABASE_URL: url.href }, replace: { logger: log.logger } });
    try {
      const create = { sessionId: 'acc1', sessionName: 'Shop', authMethod: 'qrcode' };
      await server.request.get('/api/sessions').expect(200);
      line.close();
      log.lines.length = 0;
      for (let time = 0; time < 30; time += 1) {
        const answer = await server.request.post('/api/sessions').send(create).expect(503);
        assert.equal((answer.body as Failure).code, 'unavailable');
        assert.match((answer.body as Failure).error, /The database does not answer/);
        assert.equal(answer.headers['retry-after'], '10');
      }
      assert.equal(await readiness(server), 503);
      assert.match((await healthOf(server)).parts['database']?.message ?? '', /Look whether PostgreSQL runs/);
      assert.deepEqual(
        log.bad().map(({ trouble }) => trouble),
        ['unreachable'],
      );
      line = await startLine(port, line.port);
      await eventually(async () => (await readiness(server)) === 200, { what: 'the server to be ready' });
      await server.request.get('/api/sessions').expect(200);
      assert.equal((await healthOf(server)).parts['database']?.status, 'ok');
    } finally {
      await server.stop();
      line.close();
    }
  });
});
