import assert from 'node:assert/strict';
import type { CreatedApiKey } from '../../server/contract/access.js';
import type { Failure } from '../../server/contract/errors.js';
import type { Health } from '../../server/contract/monitoring.js';
import type { Status } from '../../server/contract/statuses.js';
import { createLogger } from '../../server/lib/logger.js';
import { callApi, linkAccount, postAndWait, waitUntilConnected } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('a server whose PostgreSQL is stopped and started again', function () {
  this.timeout(180_000);
  let postgres: PostgresServer;
  let simulator: TestSimulator;
  let server: TestServer;
  let contact: string;
  /** In the database, unlike the root key. */
  let storedKey: string;
  const lines: { level: number; msg: string; trouble?: string }[] = [];

  before(async () => {
    postgres = await startPostgresServer();
    simulator = await startTestSimulator();
    const logger = createLogger({ logLevel: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
    const env = { DATABASE_URL: await postgres.createMigrated() };
    server = await startTestServer({ simulator, env, replace: { logger } });
    await linkAccount(server, simulator);
    const made = await server.request
      .post('/api/keys')
      .send({ name: 'reader', capabilities: ['read'] })
      .expect(201);
    storedKey = (made.body.data as CreatedApiKey).apiKey;
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
    await postgres.stop();
  });

  const textPost = (content: string): object => ({ type: 'text', content, targetNumbers: [contact] });
  const post = (content: string) => server.request.post('/api/sessions/acc1/send-status').send(textPost(content));
  const arrived = (): string[] => simulator.statuses(contact).map(({ text }) => text ?? '');
  const troubles = (): (string | undefined)[] => lines.filter(({ level }) => level > 30).map(({ trouble }) => trouble);
  const isReady = async (): Promise<boolean> => (await server.anonymous.get('/readyz')).status === 200;

  /** What every request hears while it is away. */
  async function refusesInWords(): Promise<void> {
    const requests = [
      server.anonymous.get('/api/health').set('x-api-key', storedKey),
      post('refused'),
      server.request.get('/api/sessions'),
      server.request.delete('/api/sessions/acc1'),
    ];
    for (const request of requests) {
      const answer = await request.expect(503);
      const { code, error } = answer.body as Failure;
      assert.equal(code, 'unavailable');
      assert.match(error, /The database does not answer/);
      assert.equal(answer.headers['retry-after'], '10');
    }
  }
  async function isWellAgain(): Promise<void> {
    await postgres.goOn();
    await eventually(isReady, { what: 'the server to be ready' });
    await waitUntilConnected(server, 'acc1');
  }

  it('keeps what it accepted, says what is wrong, and sends it once PostgreSQL is back', async () => {
    assert.equal((await postAndWait(server, textPost('before'))).state, 'sent');
    simulator.controls.faults.outage({ upgradeStatus: 503 });
    await eventually(async () => {
      const { body } = await server.request.get('/api/sessions/acc1/connection-status').expect(200);
      return body.data.connected === false;
    });
    await post('waiting').expect(202);
    lines.length = 0;
    await postgres.halt();
    simulator.controls.faults.outage({ upgradeStatus: null });
    await eventually(async () => !(await isReady()), { what: 'the probe to say it' });
    const { body } = await server.request.get('/api/health');
    const { status, parts } = body.data as Health;
    assert.equal(status, 'failed');
    assert.match(parts['database']?.message ?? '', /Look whether PostgreSQL runs/);
    for (let time = 0; time < 20; time += 1) await refusesInWords();
    await simulator.drain();
    assert.deepEqual(arrived(), ['before']);
    assert.deepEqual(troubles(), ['unreachable']);

    await isWellAgain();
    await eventually(() => assert.deepEqual(arrived(), ['before', 'waiting']), { what: 'what was accepted' });
    assert.equal((await postAndWait(server, textPost('after'))).state, 'sent');
    await simulator.drain();
    assert.deepEqual(arrived(), ['before', 'waiting', 'after']);
    assert.ok(lines.some(({ msg }) => msg === 'the database works again'));
  });

  it('notices by itself, and loses nothing that it accepted in the middle of posting', async () => {
    lines.length = 0;
    const begun = Array.from({ length: 12 }, (_, index) => `post ${String(index)}`);
    const answers = Promise.all(begun.map(async (text) => ({ text, status: (await post(text)).status })));
    await eventually(() => simulator.statuses(contact).some(({ text }) => begun.includes(text ?? '')));
    await postgres.halt();
    // Nobody asks anything meanwhile.
    await eventually(() => assert.deepEqual(troubles(), ['unreachable']), { what: 'the line in the log' });
    await isWellAgain();

    const accepted = (await answers).filter(({ status }) => status === 202).map(({ text }) => text);
    assert.ok(accepted.length > 0);
    const statuses = await eventually(
      async () => {
        const path = '/sessions/acc1/statuses?limit=100';
        const { data } = await callApi<{ data: Status[] }>(server, 'GET', path);
        assert.deepEqual(
          data.filter(({ state }) => state !== 'sent').map(({ state }) => state),
          [],
        );
        return data;
      },
      { what: 'everything to be sent' },
    );
    await simulator.drain();
    const there = arrived();
    assert.deepEqual(
      accepted.filter((text) => !there.includes(text)),
      [],
      'accepted, and never sent',
    );
    assert.equal(statuses.length, there.length, 'said to be sent and not there, or there twice');
    assert.deepEqual(troubles(), ['unreachable']);
  });
});
