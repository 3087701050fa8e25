import assert from 'node:assert/strict';
import { analyticsQuerySchema } from '../../server/contract/analytics/analytics.js';
import type { Database } from '../../server/db/database.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { SetClock } from '../support/open-services.js';
import { insertSession } from '../support/sample-rows.js';
import { type AnalyticsUnderTest, openAnalytics } from './open-analytics.js';

const quarterMs = 15 * 60_000;
const hourMs = 4 * quarterMs;
const dayMs = 24 * hourMs;
/** A Monday. */
const monday = Date.UTC(2026, 2, 2);

describeOnEveryDatabase('analytics at their edges', (open) => {
  let db: Database;
  let opened: AnalyticsUnderTest;
  beforeEach(async () => {
    db = await open();
    opened = openAnalytics(db, new SetClock(new Date(monday + 30 * dayMs)));
    await db('organizations').insert({ id: 'acme', name: 'Acme', created_at: 1 });
    await insertSession(db, { sessionId: 'own' });
    await insertSession(db, { sessionId: 'theirs', organizationId: 'acme' });
  });
  afterEach(() => opened.viewers.stop());

  /** A post of that moment, viewed by so many after so long. */
  async function post(id: string, sentAt: number, viewed: number, { sessionId = 'own', afterMs = 0 } = {}) {
    const of = { organization_id: sessionId === 'own' ? 'default' : 'acme', session_id: sessionId };
    const facts = { type: 'text', content: 'x', state: 'expired', created_by: 'test', message_id: id };
    const times = { created_at: sentAt, updated_at: sentAt, started_at: sentAt, sent_at: sentAt };
    await db('statuses').insert({ ...of, ...facts, ...times, id, viewed });
    const quarter = (sentAt + afterMs) / quarterMs;
    await db('status_activity').insert({ ...of, status_id: id, quarter, delivered: viewed, viewed, reacted: 0 });
  }
  const query = (more: object) => analyticsQuerySchema.parse({ timeZone: 'UTC', ...more });

  it('have nothing of other organizations', async () => {
    await post('A', monday, 3);
    await post('B', monday, 50, { sessionId: 'theirs' });
    const principal = { organizationId: 'default', sessionId: null } as never;
    const found = await opened.analytics.ofAll(principal, query({ from: '2026-03-02', to: '2026-03-03' }));
    assert.deepEqual([found.posts, found.sums.viewed, found.activity.viewed], [1, 3, 3]);
    assert.deepEqual(
      found.accounts.map(({ sessionId }) => sessionId),
      ['own'],
    );
  });

  it('count a post, and what people did, in one time and not in the next', async () => {
    await post('A', monday, 3);
    await post('B', monday + dayMs, 5);
    const [first, second] = [
      await opened.analytics.ofSession('own', query({ from: '2026-03-02', to: '2026-03-03' })),
      await opened.analytics.ofSession('own', query({ from: '2026-03-03', to: '2026-03-04' })),
    ];
    assert.deepEqual([first.posts, first.activity.viewed], [1, 3]);
    assert.deepEqual([second.posts, second.activity.viewed], [1, 5]);
  });

  it('count a day that begins at the end of the time as none', async () => {
    await post('A', monday, 14);
    const { bestTimes } = await opened.analytics.ofSession('own', query({ from: '2026-03-02', to: '2026-03-09' }));
    assert.deepEqual(bestTimes.weekdays, [14, 0, 0, 0, 0, 0, 0]);
  });

  it('of a status show a day, and as much more as people did something', async () => {
    await post('A', monday, 3, { afterMs: 30 * hourMs });
    await post('B', monday, 3);
    const hours = async (id: string) => {
      const { overTime, outside } = await opened.analytics.ofStatus('own', id, { timeZone: 'UTC', format: 'json' });
      return [overTime.bars.length, overTime.bars.at(-1)?.viewed, outside.viewed];
    };
    assert.deepEqual(
      [await hours('A'), await hours('B')],
      [
        [31, 3, 0],
        [24, 0, 0],
      ],
    );
  });
});
