import assert from 'node:assert/strict';
import { AnalyticsReportStore } from '../../server/analytics/analytics-report-store.js';
import { CandidatesReportStore } from '../../server/audiences/candidates-report-store.js';
import { SegmentsReportStore } from '../../server/audiences/segments-report-store.js';
import { ListsStore } from '../../server/audiences/lists-store.js';
import { TagsStore } from '../../server/audiences/tags-store.js';
import { viewerFilters } from '../../server/contract/viewers.js';
import type { Database } from '../../server/db/database.js';
import { EventStore } from '../../server/events/event-store.js';
import { IdempotencyStore } from '../../server/http/idempotency-store.js';
import { StatsReportStore } from '../../server/monitoring/stats-report-store.js';
import { StorageReportStore } from '../../server/monitoring/storage-report-store.js';
import { StatusesStore } from '../../server/statuses/statuses-store.js';
import { ViewersReportStore } from '../../server/viewers/viewers-report-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { plansOf } from '../support/plans.js';
import { insertSession } from '../support/sample-rows.js';

/** Tables with a row per viewer, per person or per post. */
const growing = 'views|viewer_totals|people|status_recipients|statuses|status_activity|person_tags|audience_members';
const readsAll = new RegExp(
  String.raw`\bSCAN (${growing}|p|v|r|a|t)\b|Seq Scan on (${growing})\b|USE TEMP B-TREE FOR count`,
  'i',
);

describeOnEveryDatabase('what grows without end is read by its indexes', (open, engine) => {
  let db: Database;
  beforeEach(async () => {
    db = await open();
    await insertSession(db, { sessionId: 'acc1' });
    const person = { session_id: 'acc1', organization_id: 'default', created_at: 1, updated_at: 1 };
    await db('people').insert({ ...person, id: 'p1', phone_number: '491701234567' });
  });

  async function reads(indexes: readonly string[], ask: (database: Database) => Promise<unknown>): Promise<void> {
    const plans = await plansOf(db, ask);
    const text = plans.join('\n');
    assert.ok(plans.length > 0, 'nothing was asked');
    for (const plan of plans) assert.doesNotMatch(plan, readsAll);
    for (const index of indexes) assert.ok(text.includes(index), `${index} is not in:\n${text}`);
  }

  it('who viewed something', () =>
    reads(['people_session_index'], (on) =>
      new SegmentsReportStore(on).whoDid('acc1', 'viewed', { since: 1, postIds: ['S1'] }),
    ));

  it('who got something and viewed nothing', () =>
    reads(['people_session_index', 'status_recipients_person_id_index'], (on) =>
      new SegmentsReportStore(on).postedTo('acc1', true),
    ));

  it('when those in an audience viewed last', () =>
    reads(['views_person_viewed_index'], (on) =>
      new CandidatesReportStore(on).candidatesOf('acc1', [{ phoneNumber: '491701234567', lid: null }]),
    ));

  it('which accounts have something to do', () =>
    reads(['statuses_state_scheduled_at_index', 'statuses_delete_requested_at_index'], (on) =>
      new StatusesStore(on).sessionsWithWork(),
    ));

  for (const [what, reach] of [
    ['an organization', { organizationId: 'default', sessionId: null }],
    ['an account', { organizationId: 'default', sessionId: 'acc1' }],
  ] as const) {
    it(`the totals of ${what}`, () =>
      reads(['people_session_index'], (on) => new StatsReportStore(on).totals(reach, new Date(1_000_000_000_000))));
  }

  it('what sessions have stored', () =>
    reads(['people_session_index', 'statuses_session_id_created_at_id_index'], (on) =>
      new StorageReportStore(on).list({ organizationId: null, sessionId: null }, { limit: 10, after: undefined }),
    ));

  for (const only of viewerFilters) {
    for (const sort of ['viewedAt', 'deliveredAt', 'name'] as const) {
      it(`the viewers of a post: ${only}, by ${sort}`, async () => {
        const after = { asOf: 9, first: sort === 'name' ? '1ann' : 1, second: 1, personId: 'p1' };
        const page = { only, sort, order: 'asc', asOf: 9, limit: 10, after, search: 'ann' } as const;
        await reads([], (on) => new ViewersReportStore(on).list('S1', page));
        await reads([], (on) => new ViewersReportStore(on).count('S1', page));
      });
    }
  }

  it('how many people have a tag', () =>
    reads([engine === 'sqlite' ? 'COVERING INDEX' : 'person_tags'], (on) =>
      new TagsStore(on).list('default', { limit: 10, after: undefined }),
    ));

  it('the members of a list with something in their name', () =>
    reads([engine === 'sqlite' ? 'audience_members_search_index' : 'audience_members'], (on) =>
      new ListsStore(on).countMatching({ id: 'list', organizationId: 'default' }, 'ann'),
    ));

  for (const [what, reach] of [
    ['all accounts of an organization', { organizationId: 'default', sessionId: null }],
    ['an account', { organizationId: 'default', sessionId: 'acc1' }],
  ] as const) {
    it(`what people did with the posts of ${what}, and what these reached`, async () => {
      const store = (on: Database) => new AnalyticsReportStore(on);
      const sums = engine === 'sqlite' ? 'SEARCH a USING PRIMARY KEY' : 'status_activity_pkey';
      await reads([sums], (on) => store(on).hours(reach, [{ from: 1, to: 9, ahead: 4 }]));
      await reads([sums], (on) => store(on).hours({ ...reach, type: 'text' }, [{ from: 1, to: 9, ahead: 4 }]));
      await reads(['viewer_totals_session_id_index', 'views_person_viewed_index'], (on) =>
        store(on).people(reach, { from: 1, to: 9 }),
      );
      await reads(['statuses_session_id_sent_at_index'], (on) => store(on).sums(reach, { from: 1, to: 9 }));
      await reads(['statuses_session_id_sent_at_index'], (on) => store(on).accounts(reach, { from: 1, to: 9 }, 5));
    });
  }

  it('what people did with one post', async () => {
    await reads(['status_activity_status_id_index'], (on) => new AnalyticsReportStore(on).quarters('S1'));
    await reads([], (on) => new AnalyticsReportStore(on).viewTimes('S1'));
  });

  for (const [what, index, forget] of [
    ['events', 'events_created_at_index', (on: Database) => new EventStore(on).deleteBefore(1, 10)],
    [
      'kept answers',
      'idempotency_keys_created_at_index',
      (on: Database) => new IdempotencyStore(on).deleteBefore(1, 10),
    ],
  ] as const) {
    it(`${what} that are too old`, () => reads([index], forget));
  }
});
