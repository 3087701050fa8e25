import assert from 'node:assert/strict';
import path from 'node:path';
import { ViewingPeopleReportStore } from '../../server/analytics/viewing-people-report-store.js';
import { ViewingPeopleService } from '../../server/analytics/viewing-people-service.js';
import { peopleKinds, type PeopleKind, type ViewingPerson } from '../../server/contract/analytics/people-analytics.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { countAllViews } from '../../server/db/migrations/0056-viewer-totals.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { plansOf } from '../support/plans.js';
import { insertSession } from '../support/sample-rows.js';
import { startTestServer } from '../support/test-server.js';

const of = { organization_id: 'default', session_id: 'acc1', created_at: 1, updated_at: 1 };

async function insertPeople(db: Database, ...ids: string[]): Promise<void> {
  for (const [index, id] of ids.entries()) {
    await db('people').insert({ ...of, id, phone_number: `49170000000${String(index)}`, push_name: id.toUpperCase() });
  }
}

/** A post that these people got, and who of them viewed it. */
async function insertPost(db: Database, id: string, sentAt: number, got: string[], viewers: string[]): Promise<void> {
  const status = { message_id: id, type: 'text', content: 'x', state: 'sent', created_by: 'test', sent_at: sentAt };
  await db('statuses').insert({ ...of, ...status, id, viewed: viewers.length });
  for (const [position, person_id] of got.entries()) {
    const pair = { status_id: id, person_id, organization_id: 'default' };
    await db('status_recipients').insert({ ...pair, outcome: 'included', position });
  }
  for (const person_id of viewers) {
    const pair = { status_id: id, person_id, organization_id: 'default' };
    await db('views').insert({ ...pair, viewed_at: sentAt + 1, recorded_at: 1 });
  }
}

describeOnEveryDatabase('people by what they view', (open) => {
  let db: Database;
  let service: ViewingPeopleService;
  beforeEach(async () => {
    db = await open();
    service = new ViewingPeopleService(new ViewingPeopleReportStore(db));
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, { sessionId });
    await insertPeople(db, 'anna', 'ben', 'cleo', 'dora', 'eve');
    const all = ['anna', 'ben', 'cleo', 'dora'];
    await insertPost(db, 'S1', 1_000, [...all, 'eve'], ['anna', 'cleo', 'eve']);
    await insertPost(db, 'S3', 2_000, all, ['anna', 'cleo']);
    await insertPost(db, 'S2', 3_000, all, ['anna', 'ben']);
    await insertPost(db, 'S4', 4_000, all, ['anna', 'ben']);
    await countAllViews(db);
  });

  const page = (kind: PeopleKind, posts: number, more: object = {}) =>
    service.list('acc1', { kind, posts, limit: 50, ...more });
  const ids = async (kind: PeopleKind, posts: number, more: object = {}) =>
    (await page(kind, posts, more)).items.map(({ personId }) => personId);

  it('are loyal, new or lost, by the last posts as they were sent', async () => {
    assert.deepEqual(await ids('loyal', 2), ['anna', 'ben']);
    assert.deepEqual(await ids('loyal', 4), ['anna', 'ben', 'cleo', 'eve']);
    assert.deepEqual(await ids('new', 2), ['ben']);
    assert.deepEqual(await ids('lost', 2), ['cleo'], 'eve got none of the last posts, and dora never viewed any');
    assert.deepEqual(await ids('lost', 3), []);
    assert.deepEqual((await page('lost', 2)).total, 1);
  });

  it('are told with what they did, and only those of the account', async () => {
    const [anna] = (await page('loyal', 1)).items;
    assert.deepEqual(anna, {
      personId: 'anna',
      number: '491700000000',
      lid: null,
      name: 'ANNA',
      viewed: 4,
      reacted: 0,
      replied: 0,
      firstViewedAt: new Date(1_001).toISOString(),
      lastViewedAt: new Date(4_001).toISOString(),
    });
    for (const kind of peopleKinds) {
      const { items, total } = await service.list('acc2', { kind, posts: 10, limit: 50 });
      assert.deepEqual([items, total], [[], 0]);
    }
  });

  it('are not lost who were left out of the last posts', async () => {
    const left = { status_id: 'S4', person_id: 'eve', organization_id: 'default', position: 9 };
    await db('status_recipients').insert({ ...left, outcome: 'no_device' });
    assert.deepEqual(await ids('lost', 2), ['cleo']);
  });

  it('are all of them in a file, however many', async () => {
    await db.raw(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 2001)
      insert into people (id, organization_id, session_id, phone_number, created_at, updated_at)
      select 'm' || i, 'default', 'acc1', '4918' || i, 1, 1 from n`);
    await db.raw(`insert into viewer_totals (person_id, session_id, organization_id, viewed, last_viewed_post)
      select id, session_id, organization_id, 1, 'S4' from people where id like 'm%'`);
    const found: string[] = [];
    for await (const page of service.everybody('acc1', { kind: 'loyal', posts: 1 }, new AbortController().signal)) {
      found.push(...page.map(({ personId }) => personId));
    }
    assert.deepEqual([found.length, new Set(found).size], [2_003, 2_003]);
  });

  it('come page by page, each once, and are found by name or number', async () => {
    const found: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { items, nextCursor, total } = await page('loyal', 4, { limit: 1, cursor: cursor ?? undefined });
      assert.equal(total, 4);
      found.push(...items.map(({ personId }) => personId));
      cursor = nextCursor;
    }
    assert.deepEqual(found, await ids('loyal', 4));
    assert.deepEqual(await ids('loyal', 4, { search: 'cle' }), ['cleo']);
    assert.equal((await page('loyal', 4, { search: '0000 001' })).total, 1);
    const { nextCursor } = await page('loyal', 4, { limit: 1 });
    await assert.rejects(page('new', 4, { cursor: nextCursor }), { code: 'validation_error' });
  });

  it('are read by indexes', async () => {
    for (const kind of peopleKinds) {
      const plans = await plansOf(db, (on) =>
        new ViewingPeopleService(new ViewingPeopleReportStore(on)).list('acc1', { kind, posts: 2, limit: 2 }),
      );
      assert.doesNotMatch(
        plans.join('\n'),
        /\bSCAN (t|p|r|statuses|status_recipients)\b|Seq Scan on (viewer_totals|people|status)/,
      );
    }
  });
});

describe('asking for people by what they view', () => {
  it('gives a page, or everybody in a file', async () => {
    const server = await startTestServer();
    const db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    try {
      await insertSession(db, { sessionId: 'acc1' });
      await insertPeople(db, 'anna', 'ben', 'cleo');
      await insertPost(db, 'S1', 1_000, [], ['anna', 'ben', 'cleo']);
      await countAllViews(db);
      const address = '/api/sessions/acc1/analytics/people?kind=loyal&limit=2';
      const { body } = await server.request.get(address).expect(200);
      const { data, meta } = body as { data: ViewingPerson[]; meta: { total: number } };
      assert.deepEqual([data.length, meta.total], [2, 3]);
      const { text, headers } = await server.request.get(`${address}&format=csv`).expect(200);
      assert.equal(text.trim().split('\n').length, 4);
      assert.match(String(headers['content-disposition']), /people-acc1-loyal\.csv/);
      await server.request.get(`${address}&format=csv&cursor=x`).expect(400);
      await server.request.get('/api/sessions/acc1/analytics/people?kind=nosy').expect(400);
    } finally {
      await db.destroy();
      await server.stop();
    }
  });
});
