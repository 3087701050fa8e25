import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { BroadcastsStore } from '../../server/broadcasts/broadcasts-store.js';
import type { Database } from '../../server/db/database.js';
import { OldPostsReportStore } from '../../server/privacy/old-posts-report-store.js';
import { SchedulesStore } from '../../server/scheduling/schedules-store.js';
import { InsertedRows } from '../access/inserted-rows.js';
import { eventually } from '../support/eventually.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { plansOf } from '../support/plans.js';
import { insertSession } from '../support/sample-rows.js';
import { insertMany } from '../viewers/insert-viewers.js';
import { openErasing } from './open-erasing.js';

const now = new Date('2026-07-01T12:00:00Z');
const dayMs = 24 * 60 * 60_000;
const tooOld = now.getTime() - 1_000 * dayMs;
const clock = { now: () => now };
const place = { sessionId: 'acc1', organizationId: 'default' };

describeOnEveryDatabase('posts of long ago', (open, engine) => {
  let db: Database;
  let parts: ReturnType<typeof openErasing>;
  let rows: InsertedRows;

  beforeEach(async () => {
    db = await open();
    parts = openErasing(db, clock);
    rows = new InsertedRows(db);
    await insertSession(db, { sessionId: 'acc1' });
  });

  async function insertPost(id: string, sentAt: number, people = 0): Promise<void> {
    await insertMany(db, id, people);
    await db('statuses').where({ id }).update({ sent_at: sentAt, created_at: sentAt, state: 'expired' });
  }
  const forget = (atMost = 100) => parts.oldPosts.forgetBefore(tooOld, atMost);
  const left = () => db('statuses').orderBy('id').pluck<string[]>('id');

  async function forgetAll(atMost: number): Promise<{ steps: number; posts: number }> {
    const all = { steps: 0, posts: 0 };
    for (let more = true; more; all.steps += 1) {
      const { forgotten, hasMore } = await forget(atMost);
      all.posts += forgotten;
      more = hasMore;
    }
    return all;
  }

  it('go with all that is kept of them, and nothing of younger ones does; what each person did is still counted', async () => {
    await insertPost('OLD', tooOld - 1, 5);
    await insertPost('YOUNG', tooOld, 5);
    for (const id of ['OLD', 'YOUNG']) {
      const of = { session_id: 'acc1', organization_id: 'default', status_id: id };
      const reply = { person_id: `${id}-0`, status_message_id: id, kind: 'text', text: 'Hi', sent_at: 1 };
      await db('replies').insert({ ...of, ...reply, id, message_id: id, received_at: tooOld });
      await db('tracked_links').insert({ ...of, code: id, position: 0, target: 'https://a.example', created_at: 1 });
      for (const quarter of [1, 2, 3]) await db('click_activity').insert({ ...of, code: id, quarter });
      await db('status_activity').insert({ ...of, quarter: 1 });
      await rows.upload(`${id}.jpg`, 'default');
      const use = { filename: `${id}.jpg`, kind: 'status', used_by: id, organization_id: 'default', created_at: 1 };
      await db('upload_uses').insert({ ...use, session_id: 'acc1' });
      const person = { session_id: 'acc1', organization_id: 'default', person_id: `${id}-0` };
      await db('viewer_totals').insert({ ...person, viewed: 7, last_viewed_post: id });
    }
    assert.deepEqual(await forgetAll(2_000), { steps: 2, posts: 1 });
    assert.deepEqual(await left(), ['YOUNG']);
    const of = ['status_recipients', 'views', 'replies', 'tracked_links', 'click_activity', 'status_activity'];
    for (const table of of) assert.deepEqual([...new Set(await db(table).pluck('status_id'))], ['YOUNG'], table);
    assert.deepEqual(await db('upload_uses').pluck('used_by'), ['YOUNG']);
    const totals = await db('viewer_totals').orderBy('person_id').select('viewed', 'posted_at');
    const got = { viewed: 0, posted_at: tooOld - 1 };
    assert.deepEqual(totals, [{ ...got, viewed: 7 }, got, got, got, got, { viewed: 7, posted_at: null }]);
  });

  it('go in small steps, however much there is of one, and the post itself last', async () => {
    await insertPost('BIG', tooOld - 2, 9);
    await insertPost('SMALL', tooOld - 1, 1);
    assert.deepEqual(await forget(4), { forgotten: 0, hasMore: true });
    assert.equal((await db('views').where({ status_id: 'BIG' })).length, 5);
    assert.deepEqual(await left(), ['BIG', 'SMALL']);
    const { steps, posts } = await forgetAll(4);
    assert.equal(posts, 2);
    assert.ok(steps >= 5, String(steps));
    assert.deepEqual(await left(), []);
  });

  it('stay while they are still to go out, are on their way, are being taken back, or keep others of their series back', async () => {
    for (const [id, change] of [
      ['A', { state: 'scheduled', scheduled_at: 1, sent_at: null }],
      ['B', { state: 'queued' }],
      ['C', { state: 'sending' }],
      ['D', { state: 'sent', delete_requested_at: 1 }],
      ['E', { state: 'failed', series_id: 's', series_position: 0 }],
      ['F', { state: 'scheduled', scheduled_at: now.getTime(), sent_at: null, series_id: 's', series_position: 1 }],
    ] as const) {
      await insertPost(id, 1);
      await db('statuses').where({ id }).update(change);
    }
    assert.deepEqual(await forget(), { forgotten: 0, hasMore: false });
    assert.deepEqual(await left(), ['A', 'B', 'C', 'D', 'E', 'F']);
  });

  it('take their broadcasts with them, once no account of these has a post or waits for one', async () => {
    await insertPost('P', tooOld);
    for (const [id, starts_at, account] of [
      ['over', tooOld - 1, { state: 'accepted', status_id: 'gone' }],
      ['posted', tooOld - 1, { state: 'accepted', status_id: 'P' }],
      ['waits', tooOld - 1, { state: 'pending' }],
      ['young', tooOld, { state: 'accepted', status_id: 'gone' }],
    ] as const) {
      const of = { organization_id: 'default', body: '{}', stagger_seconds: 0, created_by: 'root', created_at: 1 };
      await db('broadcasts').insert({ ...of, id, starts_at });
      await db('broadcast_accounts').insert({ broadcast_id: id, session_id: 'acc1', position: 0, ...account });
    }
    const store = new BroadcastsStore(db);
    assert.equal(await parts.unitOfWork.run((tx) => store.deleteBefore(tx, tooOld, 10)), 1);
    assert.deepEqual(await db('broadcasts').orderBy('id').pluck('id'), ['posted', 'waits', 'young']);
    assert.equal((await db('broadcast_accounts')).length, 3);
  });

  it('and what became of the times of a schedule go by their age', async () => {
    const of = { session_id: 'acc1', organization_id: 'default', name: 'n', body: '{}', rule: 'r', starts_at: 's' };
    const more = {
      time_zone: 'UTC',
      late_by_minutes: 1,
      state: 'active',
      created_by: 'r',
      created_at: 1,
      updated_at: 1,
    };
    await db('schedules').insert({ ...of, ...more, id: 'S' });
    for (const at of [tooOld - 2, tooOld - 1, tooOld]) {
      await db('schedule_occurrences').insert({
        schedule_id: 'S',
        occurrence_at: at,
        outcome: 'posted',
        created_at: 1,
      });
    }
    const store = new SchedulesStore(db);
    const some = (atMost: number) => parts.unitOfWork.run((tx) => store.deleteOccurrencesBefore(tx, tooOld, atMost));
    assert.deepEqual([await some(1), await some(5)], [1, 1]);
    assert.deepEqual(await db('schedule_occurrences').pluck('occurrence_at'), [tooOld]);
  });

  it('are found by an index', async () => {
    const plans = await plansOf(db, (on) => new OldPostsReportStore(on).list(tooOld, 50));
    // PostgreSQL, which knows how few of so few rows there are, takes another one.
    if (engine === 'sqlite') assert.match(plans.join('\n'), /statuses_calendar_index/);
    assert.doesNotMatch(plans.join('\n'), /\bSCAN statuses\b(?! USING)|Seq Scan on statuses/);
  });
});

describeOnEveryDatabase('old replies', (open, engine) => {
  let db: Database;
  let dir: string;
  let parts: ReturnType<typeof openErasing>;
  const names = ['OLD', 'NEW'].map((name) => name.padStart(26, '0'));
  const [old = '', young = ''] = names;

  beforeEach(async () => {
    db = await open();
    dir = await mkdtemp(path.join(os.tmpdir(), 'old-replies-'));
    await mkdir(path.join(dir, '.replies'));
    parts = openErasing(db, clock, dir);
    await insertSession(db, { sessionId: 'acc1' });
    const rows = new InsertedRows(db);
    await rows.status('S', place, { state: 'sent' });
    const person = { id: 'ana', session_id: 'acc1', organization_id: 'default', created_at: 1, updated_at: 1 };
    await db('people').insert({ ...person, phone_number: '491700000001' });
    for (const [id, received_at] of [
      [old, tooOld - 1],
      [young, tooOld],
    ] as const) {
      const of = { session_id: 'acc1', organization_id: 'default', person_id: 'ana', status_id: 'S' };
      const reply = { id, message_id: id, status_message_id: 'S', kind: 'image', sent_at: 1, received_at };
      await db('replies').insert({ ...of, ...reply, file_state: 'kept', file_source: 'key' });
      const answer = { origin: 'api', state: 'sent', type: 'text', text: 'Yes', created_at: 1, message_id: `of ${id}` };
      await db('answers').insert({ id, session_id: 'acc1', organization_id: 'default', reply_id: id, ...answer });
      await writeFile(path.join(dir, '.replies', id), 'a picture');
    }
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const files = () => readdir(path.join(dir, '.replies'));
  const plansOfForgetting = (of: (on: ReturnType<typeof openErasing>) => Promise<unknown>) =>
    plansOf(db, (on) => of(openErasing(on, clock, dir)));

  it('go with their answers and files', async () => {
    assert.equal(await parts.replies.forgetBefore(tooOld, 10), 1);
    assert.deepEqual(await db('replies').pluck('id'), [young]);
    assert.deepEqual(await db('answers').pluck('reply_id'), [young]);
    await eventually(async () => assert.deepEqual(await files(), [young]), { what: 'the file to be gone' });
  });

  it('lose their files first, and say why', async () => {
    assert.equal(await parts.replies.forgetFilesBefore(tooOld, 10), 1);
    assert.equal(await parts.replies.forgetFilesBefore(tooOld, 10), 0);
    await eventually(async () => assert.deepEqual(await files(), [young]), { what: 'the file to be gone' });
    const columns = ['file_state', 'file_reason', 'file_source'];
    assert.deepEqual(await db('replies').where({ id: old }).first(columns), {
      file_state: 'missing',
      file_reason: 'old',
      file_source: null,
    });
    assert.equal((await parts.replies.get('acc1', old)).file?.reason, 'old');
  });

  // The plan of what runs in a transaction can be asked for on SQLite alone.
  if (engine !== 'sqlite') return;
  it('are found by indexes', async () => {
    const plans = [
      ...(await plansOfForgetting(({ replies }) => replies.forgetBefore(tooOld, 10))),
      ...(await plansOfForgetting(({ replies }) => replies.forgetFilesBefore(tooOld, 10))),
    ];
    const text = plans.join('\n');
    assert.match(text, /replies_age_index/);
    assert.match(text, /replies_old_files_index/);
    assert.doesNotMatch(text, /\bSCAN replies\b(?! USING)/);
  });
});
