import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { viewerSchema, type Viewer } from '../../server/contract/viewers.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { eventually } from '../support/eventually.js';
import { keptLog } from '../support/kept-log.js';
import { insertSession } from '../support/sample-rows.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { insertMany } from './insert-viewers.js';

describe('the viewers of a status as a file', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Database;
  const { logger, lines: logged } = keptLog('debug');

  before(async () => {
    server = await startTestServer({ replace: { logger } });
    db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    await insertSession(db, { sessionId: 'acc1' });
    await insertMany(db, 'few', 3);
    await insertMany(db, 'many', 2_500);
  });

  after(async () => {
    await db.destroy();
    await server.stop();
  });

  const ask = (statusId: string, query: string): Promise<Response> =>
    fetch(`${server.url}/api/sessions/acc1/statuses/${statusId}/viewers?${query}`, {
      headers: { authorization: `Bearer ${server.apiKey}` },
    });
  async function failureOf(statusId: string, query: string): Promise<[number, string]> {
    const response = await ask(statusId, query);
    return [response.status, ((await response.json()) as { error: string }).error];
  }

  it('is CSV with a heading, a name of its own, and no formula in it', async () => {
    await db('people').where({ id: 'few-0' }).update({ name: '=HYPERLINK("http://x")' });
    const response = await ask('few', 'format=csv&only=viewed&sort=name');
    assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.equal(response.headers.get('content-disposition'), 'attachment; filename="viewers-few-viewed.csv"');
    const lines = (await response.text()).trimEnd().split('\n');
    assert.equal(lines[0], '"personId","number","lid","name","deliveredAt","viewedAt","reaction","replied"');
    assert.match(lines[1] ?? '', /^"few-0","\d+",,"'=HYPERLINK\(""http:\/\/x""\)","20\d\d-[^"]+Z","20\d\d-/);
    assert.equal(lines.length, 3);
  });

  it('has a line of JSON for each, as the list has them', async () => {
    const response = await ask('few', 'format=jsonl&only=all&sort=deliveredAt&order=asc');
    assert.equal(response.headers.get('content-type'), 'application/jsonl; charset=utf-8');
    assert.match(response.headers.get('content-disposition') ?? '', /viewers-few-all\.jsonl/);
    const viewers = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => viewerSchema.parse(JSON.parse(line)));
    const listed = (await (await ask('few', 'only=all&sort=deliveredAt&order=asc')).json()) as { data: Viewer[] };
    assert.deepEqual(viewers, listed.data);
  });

  it('has everybody who is asked for, whatever the limit of a page', async () => {
    const text = await (await ask('many', 'format=jsonl&only=all&limit=10')).text();
    const ids = text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as Viewer).personId);
    assert.equal(ids.length, 2_500);
    assert.equal(new Set(ids).size, 2_500);
    const found = await (await ask('many', 'format=jsonl&only=all&search=Person 799')).text();
    assert.match(found, /^\{.*"name":"Person 799".*\}\n$/);
  });

  it('has only the heading where there is nobody', async () => {
    assert.equal((await (await ask('few', 'format=csv&search=nobody')).text()).split('\n').length, 2);
    assert.equal(await (await ask('few', 'format=jsonl&search=nobody')).text(), '');
  });

  it('is refused in words', async () => {
    assert.deepEqual(await failureOf('few', 'format=csv&cursor=abc'), [
      400,
      'A file has everybody, and no pages. Leave `cursor` out.',
    ]);
    assert.equal((await failureOf('few', 'format=xlsx'))[0], 400);
    assert.equal((await failureOf('none', 'format=csv'))[0], 404);
  });

  it('ends without a failure when the caller leaves', async () => {
    await insertMany(db, 'left', 12_000);
    const address = `${server.url}/api/sessions/acc1/statuses/left/viewers?format=jsonl&only=all`;
    const request = get(address, { headers: { authorization: `Bearer ${server.apiKey}` } });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.destroy();
    await eventually(() => assert.ok(logged.some(({ msg }) => msg === 'the caller left')), { what: 'the end' });
    assert.ok(!logged.some(({ msg }) => msg === 'request failed'));
  });
});
