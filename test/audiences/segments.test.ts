import assert from 'node:assert/strict';
import { CandidatesReportStore } from '../../server/audiences/candidates-report-store.js';
import { Segments } from '../../server/audiences/segments.js';
import { SegmentsReportStore } from '../../server/audiences/segments-report-store.js';
import { segmentSchema } from '../../server/contract/segments.js';
import type { Database } from '../../server/db/database.js';
import { countAllViews } from '../../server/db/migrations/0056-viewer-totals.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/insert-session.js';
import { SetClock } from '../support/open-services.js';

const dayMs = 24 * 60 * 60_000;
const now = new Date('2026-03-11T10:00:00Z');
const daysAgo = (days: number) => now.getTime() - days * dayMs;
const listId = '01J00000000000000000000001';

describeOnEveryDatabase('segments', (open) => {
  let db: Database;
  let segments: Segments;

  beforeEach(async () => {
    db = await open();
    segments = new Segments(new SegmentsReportStore(db), new CandidatesReportStore(db), new SetClock(now));
    await insertSession(db, 'acc1');
    await insertSession(db, 'acc2');
    for (const name of ['anna', 'ben', 'cleo', 'dora']) await person(name);
  });

  const numberOf = (name: string) => `4917${String(name.codePointAt(0))}0001`;
  async function person(id: string, more: object = {}): Promise<void> {
    const of = { organization_id: 'default', session_id: 'acc1', created_at: 1, updated_at: 1 };
    await db('people').insert({ ...of, id, phone_number: numberOf(id), ...more });
  }
  /** A post that these people got; what they did with it, as rows of views. */
  async function post(id: string, sentAt: number | null, did: Record<string, object | null>, more: object = {}) {
    const of = { organization_id: 'default', session_id: 'acc1', type: 'text', content: 'x', created_by: 'test' };
    const times = { created_at: 1, updated_at: 1, started_at: (sentAt ?? now.getTime()) - 1 };
    const viewed = Object.values(did).filter((views) => views !== null).length;
    await db('statuses').insert({
      ...of,
      ...times,
      state: 'sent',
      id,
      message_id: id,
      sent_at: sentAt,
      viewed,
      ...more,
    });
    for (const [position, [personId, views]] of Object.entries(did).entries()) {
      const pair = { status_id: id, person_id: personId, organization_id: 'default' };
      await db('status_recipients').insert({ ...pair, outcome: 'included', position });
      if (views) await db('views').insert({ ...pair, recorded_at: 1, ...views });
    }
  }
  const viewed = (days: number) => ({ viewed_at: daysAgo(days) });
  const liked = (days: number) => ({ ...viewed(days), reaction: '💚', reacted_at: daysAgo(days) });
  const replied = (days: number) => ({ ...viewed(days), replied_at: daysAgo(days) });

  async function of(segment: unknown): Promise<string[]> {
    await db('viewer_totals').delete();
    await countAllViews(db);
    const place = { organizationId: 'default', sessionId: 'acc1' };
    const found = await segments.people(place, segmentSchema.parse(segment));
    const names = new Map(['anna', 'ben', 'cleo', 'dora', 'eve'].map((name) => [numberOf(name), name]));
    return found.map(({ phoneNumber, lid }) => names.get(phoneNumber ?? '') ?? phoneNumber ?? lid ?? '').sort();
  }
  async function posts(): Promise<void> {
    await post('P1', daysAgo(30), { anna: liked(30), ben: viewed(29), cleo: replied(30), dora: null });
    // Written down before the others, and sent after them.
    await post('A2', daysAgo(10), { anna: viewed(2), ben: null, cleo: viewed(9), dora: null });
    await post('P3', daysAgo(1), { anna: null, ben: liked(1), cleo: null, dora: null });
  }

  it('are those who did something with one of the last posts, as they were sent, or ever', async () => {
    await posts();
    assert.deepEqual(await of({ type: 'viewed', posts: 1 }), ['ben']);
    assert.deepEqual(await of({ type: 'viewed', posts: 2 }), ['anna', 'ben', 'cleo']);
    assert.deepEqual(await of({ type: 'liked', posts: 2 }), ['ben']);
    assert.deepEqual(await of({ type: 'liked', posts: 3 }), ['anna', 'ben']);
    assert.deepEqual(await of({ type: 'replied', posts: 2 }), []);
    assert.deepEqual(await of({ type: 'replied' }), ['cleo']);
    assert.deepEqual(await of({ type: 'never_viewed' }), ['dora']);
  });

  it('are those who did something in the last days, by when they did it', async () => {
    await posts();
    assert.deepEqual(await of({ type: 'viewed', days: 1 }), ['ben']);
    assert.deepEqual(await of({ type: 'viewed', days: 9 }), ['anna', 'ben', 'cleo']);
    assert.deepEqual(await of({ type: 'viewed', days: 8 }), ['anna', 'ben']);
    assert.deepEqual(await of({ type: 'liked', days: 29 }), ['ben']);
    assert.deepEqual(await of({ type: 'replied', days: 30 }), ['cleo']);
  });

  it('count a post that is on its way once somebody viewed it, and none that failed or was never sent', async () => {
    await posts();
    await post('P4', null, { anna: viewed(0) }, { state: 'sending' });
    await post('P5', null, { ben: null }, { state: 'failed' });
    assert.deepEqual(await of({ type: 'viewed', posts: 1 }), ['anna']);
    assert.deepEqual(await of({ type: 'viewed', posts: 2 }), ['anna', 'ben']);
  });

  it('take the last posts as they went out, whichever was begun first', async () => {
    await post('P1', daysAgo(2), { anna: viewed(2) }, { started_at: daysAgo(3) });
    await post('P2', daysAgo(1), { ben: viewed(1) }, { started_at: daysAgo(4) });
    assert.deepEqual(await of({ type: 'viewed', posts: 1 }), ['ben']);
  });

  it('are nobody to whom nothing was sent', async () => {
    await post('P1', daysAgo(1), { anna: viewed(1), ben: null });
    const recipient = { status_id: 'P1', organization_id: 'default', position: 9 };
    await db('status_recipients').insert({ ...recipient, person_id: 'cleo', outcome: 'no_device' });
    assert.deepEqual(await of({ type: 'never_viewed' }), ['ben']);
    assert.deepEqual(await of({ type: 'not', of: { type: 'viewed' } }), ['ben']);
  });

  it('put conditions together with all, any and not, whichever way round', async () => {
    await posts();
    const lately = { type: 'viewed', posts: 1 };
    const hasLiked = { type: 'liked' };
    const not = (of: object) => ({ type: 'not', of });
    assert.deepEqual(await of({ type: 'all', of: [{ type: 'viewed' }, not(lately)] }), ['anna', 'cleo']);
    assert.deepEqual(await of({ type: 'all', of: [not(lately), { type: 'viewed' }] }), ['anna', 'cleo']);
    assert.deepEqual(await of({ type: 'any', of: [{ type: 'replied' }, lately] }), ['ben', 'cleo']);
    assert.deepEqual(await of({ type: 'all', of: [not(lately), not(hasLiked)] }), ['cleo', 'dora']);
    assert.deepEqual(await of({ type: 'any', of: [not({ type: 'viewed' }), not(hasLiked)] }), ['cleo', 'dora']);
    assert.deepEqual(await of({ type: 'any', of: [not(hasLiked), lately] }), ['ben', 'cleo', 'dora']);
    assert.deepEqual(await of(not(not(lately))), ['ben']);
    const nested = [{ type: 'all', of: [hasLiked, not(lately)] }, { type: 'never_viewed' }];
    assert.deepEqual(await of({ type: 'any', of: nested }), ['anna', 'dora']);
    assert.deepEqual(await of(not({ type: 'any', of: nested })), ['ben', 'cleo']);
  });

  it('join what people did with their tags and lists, in whatever form a number is written there', async () => {
    await posts();
    await person('brazil', { phone_number: '553188887777' });
    await post('P6', daysAgo(0), { brazil: viewed(0) });
    const own = { organization_id: 'default' };
    const at = { created_at: 1, updated_at: 1, created_by: 'test' };
    await db('audiences').insert({ ...own, ...at, id: listId, name: 'L' });
    for (const phone_number of ['5531988887777', numberOf('anna'), numberOf('eve')]) {
      await db('audience_members').insert({ ...own, audience_id: listId, phone_number, added_at: 1 });
    }
    for (const name of ['anna', 'ben', 'eve']) {
      await db('person_tags').insert({ ...own, tag: 'vip', phone_number: numberOf(name) });
    }
    const vip = { type: 'tagged', tag: 'vip' };
    const onList = { type: 'on_list', listId };
    assert.deepEqual(await of(vip), ['anna', 'ben', 'eve']);
    assert.deepEqual(await of({ type: 'all', of: [onList, { type: 'viewed', posts: 1 }] }), ['553188887777']);
    assert.deepEqual(await of({ type: 'all', of: [onList, vip] }), ['anna', 'eve']);
    assert.deepEqual(await of({ type: 'all', of: [vip, { type: 'not', of: { type: 'viewed', posts: 2 } }] }), [
      'anna',
      'eve',
    ]);
    const notSeen = await of({ type: 'any', of: [{ type: 'not', of: { type: 'viewed' } }, onList] });
    assert.deepEqual(notSeen, ['553188887777', 'anna', 'dora', 'eve']);
    await assert.rejects(of({ type: 'on_list', listId: '01J00000000000000000000009' }), { code: 'not_found' });
  });

  it('have somebody whom no account knows once, in whatever forms their number stands in tags', async () => {
    for (const [tag, phone_number] of [
      ['one', '5531988887777'],
      ['two', '553188887777'],
    ]) {
      await db('person_tags').insert({ organization_id: 'default', tag, phone_number });
    }
    const tagged = (tag: string) => ({ type: 'tagged', tag });
    assert.equal((await of({ type: 'any', of: [tagged('one'), tagged('two')] })).length, 1);
    assert.equal((await of({ type: 'all', of: [tagged('one'), tagged('two')] })).length, 1);
  });

  it('know who has a number by the account whose segment it is', async () => {
    await person('other-ben', { session_id: 'acc2', phone_number: numberOf('ben') });
    await person('other-eve', { session_id: 'acc2', phone_number: numberOf('eve') });
    await person('eve');
    await post('P1', daysAgo(1), { ben: viewed(1), eve: viewed(1) });
    for (const name of ['ben', 'eve']) {
      await db('person_tags').insert({ organization_id: 'default', tag: 'vip', phone_number: numberOf(name) });
    }
    assert.deepEqual(await of({ type: 'all', of: [{ type: 'tagged', tag: 'vip' }, { type: 'viewed' }] }), [
      'ben',
      'eve',
    ]);
  });

  it('never have people of another account, and everybody however many they are', async () => {
    await posts();
    await person('other', { session_id: 'acc2', phone_number: '491799999999' });
    const theirs = { organization_id: 'default', session_id: 'acc2', type: 'text', content: 'x', created_by: 'test' };
    const sent = { created_at: 1, updated_at: 1, state: 'sent', sent_at: daysAgo(0), viewed: 1 };
    await db('statuses').insert({ ...theirs, ...sent, id: 'Q1', message_id: 'Q1' });
    const row = { status_id: 'Q1', person_id: 'other', organization_id: 'default', recorded_at: 1 };
    await db('views').insert({ ...row, ...liked(0) });
    assert.deepEqual(await of({ type: 'viewed', posts: 1 }), ['ben']);
    assert.deepEqual(await of({ type: 'liked' }), ['anna', 'ben']);
    assert.deepEqual(await of({ type: 'not', of: { type: 'viewed' } }), ['dora']);
    await db.raw(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 2001)
      insert into people (id, organization_id, session_id, phone_number, created_at, updated_at)
      select 'm' || i, 'default', 'acc1', '4918' || i, 1, 1 from n`);
    await db.raw(`insert into views (status_id, person_id, organization_id, viewed_at, recorded_at)
      select 'P1', id, 'default', 1, 1 from people where id like 'm%'`);
    assert.equal((await of({ type: 'viewed' })).length, 2_004);
    assert.equal((await of({ type: 'not', of: { type: 'replied' } })).length, 2_004);
  });
});

describe('a segment as it is written', () => {
  const problems = (segment: unknown): string =>
    segmentSchema
      .safeParse(segment)
      .error?.issues.map(({ message }) => message)
      .join(' ') ?? '';
  const deep = (levels: number): object =>
    levels === 0 ? { type: 'viewed' } : { type: 'all', of: [deep(levels - 1)] };

  it('is refused in words where nobody could be found by it', () => {
    assert.match(problems({ type: 'clicked', posts: 3 }), /counted without keeping who clicked/);
    assert.match(problems({ type: 'all', of: [{ type: 'clicked' }] }), /counted without keeping who clicked/);
    assert.match(problems({ type: 'bought' }), /viewed, liked, replied, never_viewed, tagged or on_list/);
    assert.match(problems({ type: 'viewed', days: 3, posts: 3 }), /not both/);
  });

  it('has so many levels, and so many conditions, at most', () => {
    assert.equal(problems(deep(3)), '');
    assert.match(problems(deep(4)), /nested too deep/);
    const of = (count: number) => Array.from({ length: count }, () => ({ type: 'viewed' }));
    assert.equal(problems({ type: 'any', of: of(12) }), '');
    const two = { type: 'all', of: of(7) };
    assert.match(problems({ type: 'any', of: [two, two] }), /at most 12 conditions/);
    assert.notEqual(problems({ type: 'any', of: [] }), '');
  });
});
