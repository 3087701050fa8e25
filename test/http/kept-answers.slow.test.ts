import assert from 'node:assert/strict';
import path from 'node:path';
import sharp from 'sharp';
import { openDatabase } from '../../server/db/database.js';
import { callApi, linkAccount, postAndWait } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** What a request with a key is sent with, by its operation. */
type Bodies = Record<string, { at?: string; body?: object; file?: Buffer }>;

describe('a request with an idempotency key whose process ends after it has acted', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let bodies: Bodies;
  let replyId: string;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
    const [nobody, reader, other] = simulator.addContacts({ contacts: [{ onWhatsApp: false }, {}, {}] });
    assert.ok(reader && other);
    const text = { type: 'text', content: 'once' };
    const failed = await postAndWait(server, { ...text, targetNumbers: [nobody?.phoneNumber] });
    const own = await postAndWait(server, text);
    const answered = await postAndWait(server, { ...text, targetNumbers: [reader.phoneNumber] });
    assert.deepEqual([failed.state, own.state, answered.state], ['failed', 'sent', 'sent']);
    await simulator.drain();
    simulator.reply(reader.phoneNumber, answered.messageId, 'Twice?');
    replyId = await eventually(
      async () => {
        const { data } = await callApi<{ data: { id: string }[] }>(server, 'GET', '/replies');
        assert.ok(data[0]);
        return data[0].id;
      },
      { what: 'the reply' },
    );
    const points = { width: 8, height: 8, channels: 3, background: 'teal' } as const;
    const recurring = { startsAt: '2099-01-01T09:00', timeZone: 'UTC', rule: 'FREQ=DAILY;COUNT=3' };
    bodies = {
      'POST /sessions': { body: { authMethod: 'qrcode', start: false } },
      'POST /sessions/{sessionId}/send-status': { body: text },
      'POST /sessions/{sessionId}/statuses/{statusId}/retry': { at: failed.id },
      'POST /sessions/{sessionId}/statuses/{statusId}/repost': { at: own.id },
      'POST /sessions/{sessionId}/series': { body: { items: [text, text] } },
      'POST /sessions/{sessionId}/schedules': { body: { ...recurring, status: text } },
      'POST /sessions/{sessionId}/experiments': {
        body: {
          versions: [text, { ...text, content: 'other' }],
          targetNumbers: [reader.phoneNumber, other.phoneNumber],
        },
      },
      'POST /sessions/{sessionId}/replies/{replyId}/answer': { at: replyId, body: text },
      'POST /broadcasts': { body: { ...text, sessionIds: ['acc1'] } },
      'POST /templates': { body: { name: 'Once', status: text } },
      'POST /drafts': { body: { status: text } },
      'POST /audiences': { body: { name: 'Once' } },
      'POST /opt-outs': { body: { phoneNumber: '919812345678' } },
      'POST /keys': { body: { name: 'once', capabilities: ['read'] } },
      'POST /organizations': { body: { name: 'Once' } },
      'POST /upload-image': { file: await sharp({ create: points }).png().toBuffer() },
    };
    // As if the process had ended in between: the answer that is kept with the change is the last that can be.
    const db = await openDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    await db.raw(
      `CREATE TRIGGER ended BEFORE UPDATE ON idempotency_keys WHEN old.response_body IS NOT NULL
       BEGIN SELECT RAISE(ABORT, 'the process has ended'); END`,
    );
    await db.destroy();
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const ask = (operation: string) => {
    const { at = '', body = {}, file } = bodies[operation] ?? {};
    const place = operation
      .replace('POST ', '/api')
      .replace('{sessionId}', 'acc1')
      .replace(/\{(?:status|reply)Id\}/, at);
    const request = server.request.post(place).set('idempotency-key', operation.replaceAll(' ', '_'));
    return file ? request.attach('image', file, 'a.png') : request.send(body);
  };

  it('gets its first answer when it is repeated, from every operation that takes a key', async () => {
    interface Described {
      paths: Record<string, Record<string, { parameters?: { name: string }[] }>>;
    }
    const { paths } = (await server.request.get('/api/openapi.json').expect(200)).body as Described;
    const withKey = Object.entries(paths).flatMap(([at, { post }]) =>
      post?.parameters?.some(({ name }) => name === 'Idempotency-Key') ? [`POST ${at}`] : [],
    );
    // These go the way of a picture, and take longer.
    const alike = ['POST /upload-video', 'POST /upload-audio'];
    assert.deepEqual(withKey.sort(), [...Object.keys(bodies), ...alike].sort());
    for (const operation of Object.keys(bodies)) {
      const first = await ask(operation);
      assert.equal(first.status, 500, `${operation} kept its answer only after it had acted: ${first.text}`);
      const again = await ask(operation);
      assert.ok(again.status === 201 || again.status === 202, `${operation}: ${again.text}`);
      const { location } = again.headers;
      assert.ok(location, operation);
      if (operation !== 'POST /opt-outs') await server.request.get(location).expect(200);
    }
  });

  it('has acted once', async () => {
    const count = async (at: string): Promise<number> =>
      (await callApi<{ meta: { total: number } }>(server, 'GET', at)).meta.total;
    // The one that was there, and the one of the request; the keys are those of the two sessions, and the one.
    const counts = {
      '/sessions': 2,
      '/organizations': 2,
      '/keys': 3,
      '/schedules': 1,
      '/broadcasts': 1,
      '/uploads': 1,
    };
    const single = { '/templates': 1, '/drafts': 1, '/audiences': 1, '/opt-outs': 1 };
    for (const [at, total] of Object.entries({ ...counts, ...single })) assert.equal(await count(at), total, at);
    const { data } = await callApi<{ data: { answers: unknown[] } }>(
      server,
      'GET',
      `/sessions/acc1/replies/${replyId}`,
    );
    assert.equal(data.answers.length, 1);
    // Three that were there, one posted, one posted again, two of the series, two versions of the A/B test, and one of the
    // broadcast when its turn comes.
    await eventually(async () => (await count('/statuses')) >= 10, { what: 'the status of the broadcast' });
    assert.equal(await count('/statuses'), 10);
  });
});
