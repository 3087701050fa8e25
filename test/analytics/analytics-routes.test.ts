import assert from 'node:assert/strict';
import path from 'node:path';
import type { Analytics, SessionAnalytics } from '../../server/contract/analytics/analytics.js';
import type { Success } from '../../server/contract/envelope.js';
import type { PostComparison } from '../../server/contract/analytics/post-comparison.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { SetClock } from '../support/open-services.js';
import { callApi } from '../support/link-account.js';
import { insertSession } from '../support/sample-rows.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const hourMs = 60 * 60_000;
const quarterMs = 15 * 60_000;
const dayMs = 24 * hourMs;

describe('analytics over HTTP', function () {
  this.timeout(60_000);
  const clock = new SetClock(new Date('2026-06-15T12:07:00Z'));
  let server: TestServer;
  let db: Database;

  before(async () => {
    server = await startTestServer({ replace: { clock } });
    db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    for (const [index, sessionId] of ['bakery', 'cafe'].entries()) {
      await insertSession(db, { sessionId });
      // Twenty days of March, a post a day at noon in UTC, the bakery's viewed by ten times as many.
      for (let day = 1; day <= 20; day += 1) await insertPost(sessionId, day, index === 0 ? 20 : 2);
    }
  });

  after(async () => {
    await db.destroy();
    await server.stop();
  });

  async function insertPost(sessionId: string, day: number, viewed: number): Promise<void> {
    const sentAt = Date.UTC(2026, 2, day, 12);
    const owned = { organization_id: 'default', session_id: sessionId };
    const id = `${sessionId}-${String(day)}`;
    const facts = {
      type: day % 2 === 0 ? 'text' : 'image',
      content: 'x',
      style: '{}',
      state: 'expired',
      created_by: 'test',
    };
    const counts = { targeted: 50, included: 50, delivered: 40, viewed, reacted: 1, replied: 0, clicked: 5 };
    const times = { created_at: sentAt, updated_at: sentAt, started_at: sentAt, sent_at: sentAt };
    await db('statuses').insert({ ...owned, ...facts, ...times, ...counts, id, message_id: id });
    const quarter = (sentAt + (day % 3) * hourMs) / quarterMs;
    const sums = { delivered: 40, viewed, reacted: 1, replied: 2 };
    await db('status_activity').insert({ ...owned, status_id: id, quarter, ...sums });
    await db('tracked_links').insert({ ...owned, code: id, status_id: id, position: 0, target: 'x', created_at: 1 });
    await db('click_activity').insert({
      ...owned,
      status_id: id,
      quarter,
      code: id,
      clicks: 9,
      visitors: 7,
      clicked: 5,
    });
  }

  const ask = async <T = SessionAnalytics>(route: string): Promise<T> =>
    (await callApi<Success<T>>(server, 'GET', route)).data;
  const problem = async (query: string): Promise<string> =>
    (await callApi<{ error: string }>(server, 'GET', `/sessions/bakery/analytics?${query}`, { expected: 400 })).error;

  it('say what posts reached, on average and together, and beside it the time before', async () => {
    const week = await ask('/sessions/bakery/analytics?from=2026-03-08&to=2026-03-15');
    assert.equal(week.posts, 7);
    assert.deepEqual(week.perPost, { targeted: 50, delivered: 40, viewed: 20, reacted: 1, replied: 0, clicked: 5 });
    assert.equal(week.sums.viewed, 140);
    assert.deepEqual(week.rates, { delivered: 0.8, viewed: 0.5, reacted: 0.05, replied: 0, clicked: 0.25 });
    assert.deepEqual([week.previous.from, week.previous.to], ['2026-03-01T00:00:00.000Z', '2026-03-08T00:00:00.000Z']);
    assert.deepEqual([week.previous.posts, week.previous.activity.viewed], [7, 140]);
    assert.deepEqual(
      week.overTime.bars.map(({ local, viewed }) => [local, viewed]),
      Array.from({ length: 7 }, (_, index) => [`2026-03-${String(index + 8).padStart(2, '0')}`, 20]),
    );
    assert.deepEqual(
      week.notes.map(({ code }) => code),
      ['lower_bound'],
    );
  });

  it('come by the hour for a few days, on the wall of the zone, and are of one type of posts where that is asked', async () => {
    const day = await ask(
      '/sessions/bakery/analytics?from=2026-03-09&to=2026-03-10&timeZone=Asia/Kathmandu&type=image',
    );
    assert.equal(day.overTime.unit, 'hour');
    assert.equal(day.overTime.bars.length, 24);
    assert.equal(day.overTime.bars[0]?.from, '2026-03-08T18:15:00.000Z');
    assert.deepEqual(
      day.overTime.bars.filter(({ viewed }) => viewed > 0).map(({ local }) => local),
      ['2026-03-09T17:00'],
    );
    assert.equal((await ask('/sessions/bakery/analytics?from=2026-03-09&to=2026-03-10&type=text')).posts, 0);
  });

  it('name the best hours only once enough is known, and say how much that is', async () => {
    const week = (await ask('/sessions/bakery/analytics?from=2026-03-01&to=2026-03-08')).bestTimes;
    assert.deepEqual([week.isEnough, week.best], [false, null]);
    assert.deepEqual(
      [week.needed, week.known],
      [
        { views: 100, days: 14 },
        { views: 140, days: 7 },
      ],
    );
    const month = (await ask('/sessions/bakery/analytics?from=2026-03-01&to=2026-04-01')).bestTimes;
    // Hours 12, 13 and 14 in turn, the second and third a day more often; Sundays to Fridays have three posts or two.
    assert.deepEqual([month.isEnough, month.best?.hour], [true, 13]);
    assert.equal(month.hours.indexOf(140), 13);
  });

  it('compare accounts, the most viewed first, as far as the key may see them', async () => {
    const all = await ask<Analytics>('/analytics?from=2026-03-01&to=2026-03-11');
    assert.deepEqual(
      all.accounts.map(({ sessionId, posts, perPost }) => [sessionId, posts, perPost?.viewed]),
      [
        ['bakery', 10, 20],
        ['cafe', 10, 2],
      ],
    );
    assert.equal(all.activity.viewed, 220);
    const { data: key } = await callApi<Success<{ apiKey: string }>>(server, 'POST', '/keys', {
      body: { name: 'cafe', sessionId: 'cafe', capabilities: ['read'] },
      expected: 201,
    });
    const headers = { authorization: `Bearer ${key.apiKey}` };
    const response = await fetch(`${server.url}/api/analytics?from=2026-03-01&to=2026-03-11`, { headers });
    const own = ((await response.json()) as Success<Analytics>).data;
    assert.deepEqual([own.accounts.map(({ sessionId }) => sessionId), own.activity.viewed], [['cafe'], 20]);
  });

  it('compare two times, the later one of which is not just after the other', async () => {
    const { previous } = await ask('/sessions/bakery/analytics?from=2026-03-18&to=2026-03-21&compareFrom=2026-03-02');
    assert.deepEqual([previous.from, previous.to], ['2026-03-02T00:00:00.000Z', '2026-03-05T00:00:00.000Z']);
    assert.deepEqual([previous.posts, previous.sums.viewed], [3, 60]);
    // The clocks of Berlin are changed on the 29th of March: three days of 71 hours beside three of 72.
    const query = 'from=2026-03-28&to=2026-03-31&timeZone=Europe/Berlin&compareFrom=2026-03-02';
    const change = await ask(`/sessions/bakery/analytics?${query}`);
    assert.deepEqual(
      [change.to, change.previous.from, change.previous.to],
      ['2026-03-30T22:00:00.000Z', '2026-03-01T23:00:00.000Z', '2026-03-04T23:00:00.000Z'],
    );
  });

  it('are of chosen accounts where they are named', async () => {
    const query = 'from=2026-03-01&to=2026-03-11';
    const one = await ask<Analytics>(`/analytics?${query}&sessionIds=cafe`);
    assert.deepEqual([one.accounts.map(({ sessionId }) => sessionId), one.posts], [['cafe'], 10]);
    assert.equal((await ask<Analytics>(`/analytics?${query}&sessionIds=cafe,%20bakery`)).posts, 20);
    await callApi(server, 'GET', `/analytics?${query}&sessionIds=cafe,nowhere`, { expected: 404 });
  });

  it('put posts beside each other, as old as the youngest or as many hours as are asked for', async () => {
    const compare = async (query: string, expected = 200) =>
      callApi<Success<PostComparison> & { error: string }>(server, 'GET', `/analytics/comparison?statusIds=${query}`, {
        expected,
      });
    const { data } = await compare('bakery-1,cafe-2,bakery-3&hours=2');
    assert.equal(data.ageMinutes, 120);
    assert.deepEqual(
      data.posts.map(({ statusId, sessionName, funnel: { viewed, clicked }, viewedByHour }) => [
        ...[statusId, sessionName, viewed, clicked],
        viewedByHour,
      ]),
      [
        // An hour and more after it went out; two hours after it; at once.
        ['bakery-1', 'bakery', 20, 5, [0, 20]],
        ['cafe-2', 'cafe', 0, 0, [0, 0]],
        ['bakery-3', 'bakery', 20, 5, [20, 20]],
      ],
    );
    assert.deepEqual([data.posts[0]?.rates.delivered, data.posts[0]?.rates.viewed], [0.8, 0.5]);
    await db('statuses')
      .where({ id: 'cafe-20' })
      .update({ sent_at: clock.now().getTime() - 2.6 * hourMs });
    assert.equal((await compare('bakery-1,cafe-20')).data.ageMinutes, 150);
    assert.match((await compare('bakery-1', 400)).error, /two statuses/);
    assert.match((await compare('bakery-1,unknown', 404)).error, /unknown/);
    await db('statuses').where({ id: 'cafe-20' }).update({ sent_at: null });
    assert.match((await compare('bakery-1,cafe-20', 400)).error, /cafe-20 has not gone out/);
    const { data: key } = await callApi<Success<{ apiKey: string }>>(server, 'POST', '/keys', {
      body: { name: 'posts of the cafe', sessionId: 'cafe', capabilities: ['read'] },
      expected: 201,
    });
    const headers = { authorization: `Bearer ${key.apiKey}` };
    const address = `${server.url}/api/analytics/comparison?statusIds=cafe-1,bakery-1`;
    assert.equal((await fetch(address, { headers })).status, 404);
  });

  it('have the time before now unless another is given', async () => {
    const last = await ask('/sessions/cafe/analytics?timeZone=Europe/Berlin');
    assert.equal(last.from, '2026-05-16T22:00:00.000Z');
    assert.equal(last.to, '2026-06-15T12:15:00.000Z');
    assert.equal(last.perPost, null);
    const ofBroadcast = await ask('/sessions/cafe/analytics?broadcastId=01J9ZX8K2QHV0M3T6R7P4N5W8B');
    assert.ok(Date.parse(ofBroadcast.to) - Date.parse(ofBroadcast.from) > 365 * dayMs);
  });

  it('warn when the account itself hides read receipts, and while older views are added up', async () => {
    await db('address_books').insert({ session_id: 'cafe', organization_id: 'default', read_receipts: 0 });
    await db('activity_backlog').insert({ status_id: 'cafe-1', session_id: 'cafe', organization_id: 'default' });
    const codesOf = ({ notes }: SessionAnalytics): string[] => notes.map(({ code }) => code);
    assert.deepEqual(codesOf(await ask('/sessions/cafe/analytics')), [
      'lower_bound',
      'read_receipts_off',
      'still_counting',
    ]);
    assert.deepEqual(codesOf(await ask('/sessions/bakery/analytics')), ['lower_bound']);
  });

  it('come as a file with a line for each hour or day', async () => {
    const response = await fetch(`${server.url}/api/analytics?from=2026-03-08&to=2026-03-15&format=csv`, {
      headers: { authorization: `Bearer ${server.apiKey}` },
    });
    assert.equal(response.headers.get('content-disposition'), 'attachment; filename="analytics.csv"');
    const lines = (await response.text()).trimEnd().split('\n');
    assert.equal(lines.length, 8);
    assert.equal(lines[0], '"local","from","to","delivered","viewed","reacted","replied","clicked"');
    assert.equal(lines[1], '"2026-03-08","2026-03-08T00:00:00.000Z","2026-03-09T00:00:00.000Z","80","22","2","4","10"');
  });

  it('refuse in words what makes no sense', async () => {
    assert.match(await problem('from=2026-03-08&to=2026-03-08'), /time after `from`/);
    assert.match(await problem('from=2099-03-08'), /before now/);
    assert.match(await problem('from=2024-01-01&to=2026-01-01'), /at most 366 days/);
    assert.match(await problem('from=1999-01-01&to=1999-01-03'), /2010 to 2199/);
    assert.match(await problem('from=2026-03-01&to=2026-03-03&timeZone=%2B05:37'), /whole quarters/);
  });
});
