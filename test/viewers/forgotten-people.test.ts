import assert from 'node:assert/strict';
import { SegmentsReportStore } from '../../server/audiences/segments-report-store.js';
import type { Database } from '../../server/db/database.js';
import type { StatusReceipt } from '../../server/whatsapp/gateway.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/insert-session.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';
import { plansOf } from '../support/plans.js';
import { insertMany } from './insert-viewers.js';
import { OldPeopleReportStore } from '../../server/viewers/old-people-report-store.js';

const now = new Date('2026-07-01T12:00:00Z');
const dayMs = 24 * 60 * 60_000;
const tooOld = now.getTime() - 400 * dayMs;

describeOnEveryDatabase('who got and viewed old statuses', (open, engine) => {
  let db: Database;
  let services: Services;

  beforeEach(async () => {
    db = await open();
    services = openServices(db, new SetClock(now));
    await insertSession(db, 'acc1');
  });
  afterEach(() => services.viewers.stop());

  /** Two of three people viewed it, three got it, and a fourth was left out. */
  async function insertOld(id: string, sentAt: number): Promise<void> {
    await insertMany(db, id, 4);
    await db('status_recipients')
      .where({ person_id: `${id}-3` })
      .update({ outcome: 'no_device' });
    await db('views')
      .where({ person_id: `${id}-3` })
      .delete();
    const counts = { targeted: 4, included: 3, left_out: 1, delivered: 3, viewed: 2 };
    await db('statuses')
      .where({ id })
      .update({ sent_at: sentAt, created_at: sentAt, ...counts });
  }

  const countsOf = (id: string): Promise<unknown> =>
    db('statuses').where({ id }).first('targeted', 'included', 'left_out', 'delivered', 'viewed');
  const counts = { targeted: 4, included: 3, left_out: 1, delivered: 3, viewed: 2 };
  const forget = (atMost: number) => services.viewers.forgetPeople(tooOld, atMost);

  async function forgetAll(atMost: number): Promise<number> {
    let steps = 0;
    for (let hasMore = true; hasMore; steps += 1) ({ hasMore } = await forget(atMost));
    return steps;
  }

  it('are forgotten with their counts unchanged, of those statuses alone', async () => {
    await insertOld('OLD', tooOld - 1);
    await insertOld('YOUNG', tooOld);
    await forgetAll(100);
    assert.deepEqual(await countsOf('OLD'), counts);
    for (const table of ['views', 'status_recipients']) {
      assert.deepEqual([...new Set(await db(table).pluck('status_id'))], ['YOUNG'], table);
    }
    const old = await services.statuses.get('acc1', 'OLD');
    assert.equal(old.peopleForgottenAt, now.toISOString());
    assert.equal((await services.statuses.get('acc1', 'YOUNG')).peopleForgottenAt, null);
  });

  it('are forgotten of that status alone, whatever else the same people got and viewed', async () => {
    await insertOld('OLD', tooOld - 1);
    await insertOld('YOUNG', tooOld);
    const both = { status_id: 'YOUNG', person_id: 'OLD-0', organization_id: 'default' };
    await db('views').insert({ ...both, viewed_at: 1, recorded_at: 1 });
    await db('status_recipients').insert({ ...both, outcome: 'included', position: 9 });
    await forgetAll(100);
    for (const table of ['views', 'status_recipients']) {
      assert.deepEqual(await db(table).where({ person_id: 'OLD-0' }).pluck('status_id'), ['YOUNG'], table);
    }
  });

  it('go a little at a time, oldest first, and the status says so from the first step on', async () => {
    await insertOld('OLDER', tooOld - 2);
    await insertOld('OLD', tooOld - 1);
    assert.deepEqual(await forget(2), { forgotten: 2, hasMore: true });
    const { peopleForgottenAt } = await services.statuses.get('acc1', 'OLDER');
    assert.equal(peopleForgottenAt, now.toISOString());
    assert.equal((await services.statuses.get('acc1', 'OLD')).peopleForgottenAt, null);
    assert.ok((await forgetAll(2)) >= 7);
    assert.deepEqual(await db('views').pluck('status_id'), []);
    for (const id of ['OLDER', 'OLD']) assert.deepEqual(await countsOf(id), counts, id);
  });

  it('are not listed as nobody: lists say since when, and a file is refused', async () => {
    await insertOld('OLD', tooOld - 1);
    await forgetAll(100);
    const page = await services.viewers.list('acc1', 'OLD', { limit: 10, only: 'viewed' });
    assert.deepEqual([page.items, page.peopleForgottenAt], [[], now.toISOString()]);
    const file = services.viewers.everybody('acc1', 'OLD', { only: 'viewed' }, new AbortController().signal);
    await assert.rejects(file, /It is not kept any more who got and who viewed this status/);
  });

  it('are not counted again by what comes late, by merges, nor by steps of the status', async () => {
    await insertOld('OLD', tooOld - 1);
    await db('people').where({ id: 'OLD-0' }).update({ lid: '777' });
    const of = { session_id: 'acc1', organization_id: 'default', created_at: 1, updated_at: 1 };
    await db('people').insert({ ...of, id: 'by lid', lid: '888' });
    const late = { status_id: 'OLD', organization_id: 'default', position: 9, outcome: 'no_device' };
    await forget(5);
    await db('status_recipients').insert({ ...late, person_id: 'by lid' });
    const [phoneNumber = ''] = await db('people').where({ id: 'OLD-3' }).pluck<string[]>('phone_number');
    await services.people.recordPairs('acc1', [{ phoneNumber, lid: '888' }]);
    assert.deepEqual(await countsOf('OLD'), counts, 'after a merge in the middle');
    await forgetAll(100);
    const receipt: StatusReceipt = {
      messageId: '3EB0OLD',
      person: { phoneNumber: null, lid: '777' },
      at: now,
      kind: 'read',
    };
    await services.viewers.recordReceipts('acc1', [receipt]);
    assert.deepEqual(await db('views').pluck('status_id'), []);
    assert.deepEqual(await db('pending_receipts').pluck('id'), []);
    assert.deepEqual(await countsOf('OLD'), counts, 'after a receipt');
    await db('statuses').where({ id: 'OLD' }).update({ delete_requested_at: 1 });
    await services.unitOfWork.run((tx) => services.steps.claimDeletion(tx, 'acc1'));
    assert.deepEqual(await countsOf('OLD'), counts, 'after a step');
  });

  it('are still known to have got a post, or never to have viewed any, also where two of them turn out to be one', async () => {
    const segments = new SegmentsReportStore(db);
    const idsOf = async (whoNeverViewed: boolean) =>
      (await segments.postedTo('acc1', whoNeverViewed)).map(({ id }) => id).toSorted();
    for (const id of ['A', 'B']) {
      await insertOld(id, tooOld - 1);
      for (const person_id of [`${id}-0`, `${id}-1`]) {
        await db('viewer_totals').insert({ person_id, session_id: 'acc1', organization_id: 'default', viewed: 1 });
      }
    }
    const got = [await idsOf(false), await idsOf(true)];
    assert.deepEqual(got[1], ['A-2', 'B-2']);
    await forgetAll(2);
    assert.deepEqual([await idsOf(false), await idsOf(true)], got);
    // Of one the number is known and of one the LID, and somebody else turns out to be each.
    const [phoneNumber = ''] = await db('people').where({ id: 'A-2' }).pluck<string[]>('phone_number');
    await db('people').where({ id: 'B-2' }).update({ phone_number: null, lid: '999' });
    const of = { session_id: 'acc1', organization_id: 'default', created_at: 1, updated_at: 1 };
    await db('people').insert({ ...of, id: 'by lid', lid: '888' });
    await db('people').insert({ ...of, id: 'by number', phone_number: '491700000009' });
    await services.people.recordPairs('acc1', [
      { phoneNumber, lid: '888' },
      { phoneNumber: '491700000009', lid: '999' },
    ]);
    const merged = await db('people').whereIn('lid', ['888', '999']).pluck<string[]>('id');
    assert.deepEqual(await idsOf(true), merged.toSorted());
  });

  it('of posts that still are to go out, are being taken back or whose views are not added up, are kept', async () => {
    for (const [id, change] of [
      ['A', { state: 'scheduled', scheduled_at: 1 }],
      ['B', { state: 'queued' }],
      ['C', { state: 'sending' }],
      ['D', { state: 'sent', delete_requested_at: 1 }],
    ] as const) {
      await insertOld(id, 1);
      await db('statuses').where({ id }).update(change);
    }
    await insertOld('E', 1);
    await db('activity_backlog').insert({ status_id: 'E', session_id: 'acc1', organization_id: 'default' });
    assert.deepEqual(await forget(100), { forgotten: 0, hasMore: false });
  });

  it('end with a status of which there was nobody, and are looked for once', async () => {
    await insertSentStatus(services, 'SELF', { sentAt: 1, createdAt: 1 });
    assert.deepEqual(await forget(100), { forgotten: 0, hasMore: true });
    assert.deepEqual(await forget(100), { forgotten: 0, hasMore: false });
  });

  it('are found and deleted by indexes', async () => {
    const plans = [
      ...(await plansOf(db, (on) => new OldPeopleReportStore(on).listWithPeople(tooOld, 50))),
      ...(await plansOf(db, async (on) => {
        await on('views').where({ status_id: 'S' }).limit(5).select('person_id');
      })),
    ];
    const text = plans.join('\n');
    assert.match(text, /statuses_people_index/);
    assert.match(text, engine === 'sqlite' ? /sqlite_autoindex_views_1/ : /views_pkey/);
    assert.doesNotMatch(text, /\bSCAN (views|statuses)\b|Seq Scan on (views|statuses)/);
  });
});
