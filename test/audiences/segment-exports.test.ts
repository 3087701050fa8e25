import assert from 'node:assert/strict';
import path from 'node:path';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { makeKey } from '../support/principals.js';
import { insertSession } from '../support/sample-rows.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('the export of a segment', () => {
  let server: TestServer;
  let db: Database;
  before(async () => {
    server = await startTestServer();
    db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    await insertSession(db, { sessionId: 'acc1' });
    await db.raw(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 1500)
      insert into people (id, organization_id, session_id, phone_number, name, created_at, updated_at)
      select 'p' || i, 'default', 'acc1', '4917' || (10000000 + i), '=' || i, 1, 1 from n`);
    await db.raw(`insert into viewer_totals (person_id, session_id, organization_id, viewed, last_viewed_at, reacted)
      select id, session_id, organization_id, 1, 1000, case when id = 'p7' then 1 else 0 end from people`);
    await db('person_tags').insert({ organization_id: 'default', tag: 'vip', phone_number: '491710000007' });
  });
  after(async () => {
    await db.destroy();
    await server.stop();
  });

  const ask = (segment: object, more: object = {}) =>
    server.request.post('/api/sessions/acc1/segment-export').send({ segment, ...more });

  it('has everybody once, however many, and no formulas', async () => {
    const { text, headers } = await ask({ type: 'viewed' }).expect(200);
    const [heading, ...lines] = text.trim().split('\n');
    assert.equal(heading, '"number","lid","name","lastViewedAt"');
    assert.equal(new Set(lines).size, 1_500);
    assert.ok(lines.every((line) => line.includes(`"'=`)));
    assert.match(String(headers['content-disposition']), /attachment; filename="segment-acc1\.csv"/);
  });

  it('comes as lines of JSON, and is empty where nobody is in the segment', async () => {
    const { text } = await ask({ type: 'liked' }, { format: 'jsonl' }).expect(200);
    assert.deepEqual(JSON.parse(text), { number: '491710000007', lid: null, name: '=7', lastViewedAt: null });
    assert.equal((await ask({ type: 'replied' }, { format: 'jsonl' }).expect(200)).text, '');
  });

  it('tells the key of one account nothing of tags and lists, however deep they stand', async () => {
    const { apiKey: key } = await makeKey(server, { sessionId: 'acc1' });
    const asKey = (segment: object) =>
      server.anonymous.post('/api/sessions/acc1/segment-export').set('x-api-key', key).send({ segment });
    await asKey({ type: 'liked' }).expect(200);
    const tagged = { type: 'tagged', tag: 'vip' };
    for (const segment of [tagged, { type: 'any', of: [{ type: 'liked' }, { type: 'not', of: tagged }] }]) {
      const { body } = await asKey(segment).expect(404);
      assert.match((body as { error: string }).error, /The tag/);
    }
    await ask(tagged).expect(200);
  });

  it('refuses what nobody keeps, in words', async () => {
    const { body } = await ask({ type: 'all', of: [{ type: 'viewed' }, { type: 'clicked' }] }).expect(400);
    assert.match(JSON.stringify(body), /without keeping who clicked/);
  });
});
