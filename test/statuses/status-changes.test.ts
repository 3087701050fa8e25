import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import { createSeriesBodySchema, type Series } from '../../server/contract/planning/series.js';
import type { Status } from '../../server/contract/statuses.js';
import { AppError } from '../../server/lib/app-error.js';
import { publicSeries } from '../../server/scheduling/series.js';
import { statusesUpdated } from '../../server/statuses/status-events.js';
import { insertSession } from '../support/insert-session.js';
import { openScheduling, textFor, type Scheduling } from '../scheduling/open-scheduling.js';
import { keptBy } from '../support/kept-by.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { SetClock } from '../support/open-services.js';

const at = new Date('2026-03-02T08:00:00Z');
const hourMs = 60 * 60_000;
const numbers = ['491700000001', '491700000002', '491700000003'];

describe('a status that somebody changes', () => {
  let sqlite: TestSqlite;
  let scheduling: Scheduling;

  beforeEach(async () => {
    sqlite = await openSqlite();
    scheduling = openScheduling(sqlite.db, new SetClock(at));
    await insertSession(sqlite.db, 'acc1');
  });
  afterEach(() => sqlite.remove());

  /** Accepted; that the queue was told of it is forgotten. */
  async function send(more: object = {}): Promise<Status> {
    const status = await scheduling.accepting.send(rootPrincipal, 'acc1', { ...textFor(numbers), ...more });
    scheduling.woken.length = 0;
    return status;
  }
  const change = (id: string, body: object) => scheduling.changes.change(rootPrincipal, 'acc1', id, body);
  const retry = (id: string, keep?: (status: Status) => void) =>
    scheduling.changes.retry(rootPrincipal, 'acc1', id, {
      waitMs: 0,
      ...(keep && { keep: keptBy(keep) }),
    });
  const update = (id: string, columns: object) => sqlite.db('statuses').where({ id }).update(columns);
  const rowOf = (id: string) => sqlite.db('statuses').where({ id }).first();
  const told = () => scheduling.events.map(({ name }) => name);
  /** Somebody else is quicker: it is like this when it is to be written, and was otherwise when it was read. */
  function meanwhile(columns: object): void {
    const read = scheduling.statuses.getRecord.bind(scheduling.statuses);
    scheduling.statuses.getRecord = async (sessionId, id) => {
      const record = await read(sessionId, id);
      await update(id, columns);
      return record;
    };
  }
  const anHourLater = new Date(at.getTime() + hourMs).toISOString();

  it('begins anew when it is tried again, for those who do not have it', async () => {
    const { id } = await send({ scheduledAt: anHourLater, lateByMinutes: 10 });
    await update(id, { state: 'failed', error_code: 'unconfirmed', attempts: 3, started_at: 1 });
    for (const [position, columns] of [
      { outcome: 'included', sent_at: 5 },
      { outcome: 'included', sent_at: null },
      { outcome: 'no_device', sent_at: null },
    ].entries()) {
      await sqlite.db('status_recipients').where({ status_id: id, position }).update(columns);
    }
    scheduling.events.length = 0;
    const kept: string[] = [];
    const again = await retry(id, (status) => kept.push(status.state));
    assert.deepEqual(kept, ['queued']);
    assert.deepEqual(
      [again.state, again.error, again.recipients],
      ['queued', null, { reached: 1, leftOut: 0, open: 2 }],
    );
    const outcomes: unknown = await sqlite.db('status_recipients').orderBy('position').pluck('outcome');
    assert.deepEqual(outcomes, ['included', 'pending', 'pending']);
    const { attempts, late_by_minutes: lateByMinutes } = await rowOf(id);
    assert.deepEqual([attempts, lateByMinutes], [0, null], 'whoever tries again does not mind that it is late');
    assert.deepEqual(told(), ['status-progress', 'statuses-updated']);
    assert.deepEqual(scheduling.woken, ['acc1']);
  });

  it('is not tried again when it goes out meanwhile', async () => {
    const { id } = await send();
    for (const state of ['sending', 'sent']) {
      await update(id, { state: 'failed', error_code: '463' });
      meanwhile({ state });
      await assert.rejects(retry(id), { code: 'conflict' });
      assert.equal((await rowOf(id)).state, state);
    }
  });

  it('stays what it is when it is on its way before the change is written', async () => {
    const { id } = await send({ content: 'before' });
    meanwhile({ started_at: 1 });
    await assert.rejects(change(id, { content: 'after', targetNumbers: numbers.slice(0, 1) }), { code: 'conflict' });
    assert.equal((await rowOf(id)).content, 'before');
    assert.equal((await sqlite.db('status_recipients').where({ status_id: id })).length, 3);
  });

  it('keeps what belongs to its time when it is moved, and wakes the queue when it is moved to now', async () => {
    const { id } = await send({ scheduledAt: '2026-03-02T10:00', timeZone: 'Europe/Berlin', lateByMinutes: 10 });
    const moved = await change(id, { scheduledAt: new Date(at.getTime() + 2 * hourMs).toISOString() });
    assert.deepEqual([moved.state, moved.plan.lateByMinutes, moved.plan.timeZone], ['scheduled', 10, 'Europe/Berlin']);
    assert.deepEqual(scheduling.woken, []);
    assert.equal((await change(id, { scheduledAt: at.toISOString() })).state, 'queued');
    assert.deepEqual(scheduling.woken, ['acc1']);
  });

  it('is for others when they are chosen anew, and what was chosen before is looked up no more', async () => {
    const { id } = await send({ scheduledAt: anHourLater });
    await update(id, { chosen_audience: JSON.stringify({ kind: 'contacts', storyPrivacy: 'apply' }) });
    const changed = await change(id, { targetNumbers: ['491700000009'] });
    assert.equal(changed.counts.targeted, 1);
    assert.equal((await rowOf(id)).chosen_audience, null);
    const people: unknown = await sqlite
      .db('status_recipients as r')
      .join('people as p', 'p.id', 'r.person_id')
      .pluck('p.phone_number');
    assert.deepEqual(people, ['491700000009']);
  });

  it('is taken back under one id, however often it is asked for', async () => {
    const { id } = await send();
    await update(id, { state: 'sent', sent_at: 1, started_at: 1 });
    await scheduling.changes.delete('acc1', id);
    const { revoke_id: first, delete_requested_at: since } = await rowOf(id);
    assert.ok(first);
    await scheduling.changes.delete('acc1', id);
    assert.deepEqual(scheduling.woken, ['acc1'], 'it is under way');
    await update(id, { delete_requested_at: null, revoke_attempts: 3 });
    await scheduling.changes.delete('acc1', id);
    const again = await rowOf(id);
    assert.deepEqual([again.revoke_id, again.delete_requested_at, again.revoke_attempts], [first, since, 0]);
    await update(id, { state: 'expired', delete_requested_at: null });
    await assert.rejects(scheduling.changes.delete('acc1', id), { code: 'conflict' });
  });

  for (const [state, columns, canRetry, canChange] of [
    ['scheduled', {}, false, true],
    ['queued', {}, false, true],
    ['queued', { started_at: 1 }, false, false],
    ['sending', { started_at: 1 }, false, false],
    ['sent', { started_at: 1 }, false, false],
    ['sent', { started_at: 1, error_code: 'partly_sent' }, true, false],
    ['sent', { started_at: 1, error_code: 'partly_sent', delete_requested_at: 1 }, false, false],
    ['failed', { error_code: '463' }, true, false],
    ['failed', { error_code: 'unconfirmed', delete_requested_at: 1 }, false, false],
    ['scheduled', { delete_requested_at: 1 }, false, false],
    ['expired', { error_code: 'partly_sent' }, false, false],
    ['canceled', {}, false, false],
    ['deleted', {}, false, false],
  ] as const) {
    const what = [state, ...Object.keys(columns)].join(', ');
    it(`can ${canRetry ? '' : 'not '}be tried again and can ${canChange ? '' : 'not '}be changed: ${what}`, async () => {
      const { id } = await send();
      await update(id, { state, ...columns });
      const before: unknown = await rowOf(id);
      if (!canChange) await assert.rejects(change(id, { content: 'after' }), { code: 'conflict' });
      if (!canRetry) await assert.rejects(retry(id), { code: 'conflict' });
      assert.deepEqual(await rowOf(id), before);
      if (canChange) assert.equal((await change(id, { content: 'after' })).content, 'after');
      if (canRetry) assert.equal((await retry(id)).state, 'queued');
    });
  }

  it('has what is given changed: its style, how late it may be, and on whose clock', async () => {
    const { id } = await send({ scheduledAt: anHourLater, lateByMinutes: 10, content: 'before', timeZone: 'UTC' });
    const style = { backgroundColor: '#112233' };
    scheduling.events.length = 0;
    const styled = await change(id, { style });
    assert.deepEqual([styled.style, styled.content, styled.plan.lateByMinutes], [style, 'before', 10]);
    assert.deepEqual(told(), ['statuses-updated']);
    const late = await change(id, { lateByMinutes: 0 });
    assert.deepEqual([late.plan.lateByMinutes, late.scheduledAt, late.style], [0, anHourLater, style]);
    const moved = await change(id, { scheduledAt: '2026-03-02T18:00', timeZone: 'Asia/Kolkata' });
    assert.deepEqual(
      [moved.scheduledAt, moved.plan.timeZone, moved.plan.lateByMinutes],
      ['2026-03-02T12:30:00.000Z', 'Asia/Kolkata', 0],
    );
    assert.deepEqual(scheduling.woken, []);
    assert.equal((await change(id, { targetNumbers: numbers.slice(0, 2) })).counts.targeted, 2);
    assert.deepEqual(scheduling.woken, [], 'it is not due yet');
  });

  it('has nothing changed that it does not have', async () => {
    const { id } = await send({ content: 'before' });
    for (const [type, body, field] of [
      ['text', { caption: 'x' }, 'caption'],
      ['audio', { caption: 'x' }, 'caption'],
      ['audio', { content: 'x' }, 'content'],
      ['image', { content: 'x' }, 'content'],
      ['image', { style: {} }, 'style'],
      ['video', { style: {} }, 'style'],
      ['url', { content: 'https://example.com/' }, 'content'],
    ] as const) {
      await update(id, { type });
      await assert.rejects(change(id, body), (error: { code: string; details: { fields: object } }) => {
        assert.deepEqual([error.code, Object.keys(error.details.fields)], ['validation_error', [field]], type);
        return true;
      });
    }
    for (const [type, body] of [
      ['url', { caption: 'x', style: { font: 'script' } }],
      ['image', { caption: 'y' }],
      ['audio', { style: { backgroundColor: '#112233' } }],
    ] as const) {
      await update(id, { type });
      const { caption, style } = await change(id, body);
      assert.deepEqual(
        [caption, style],
        [...('caption' in body ? [body.caption] : [caption]), 'style' in body ? body.style : style],
      );
    }
  });

  it('is not for a list or a tag that the key of one session names', async () => {
    const { id } = await send();
    const key = { ...rootPrincipal, organizationId: 'default', sessionId: 'acc1' };
    const tagged = { kind: 'segment', segment: { type: 'tagged', tag: 'vip' }, storyPrivacy: 'apply' } as const;
    await assert.rejects(scheduling.changes.change(key, 'acc1', id, { audience: tagged }), { code: 'not_found' });
    assert.equal((await rowOf(id)).targeted, 3);
  });

  it('that failed is canceled where nobody has it, and is taken back where somebody may', async () => {
    for (const [columns, outcome, state] of [
      [{ error_code: '463', started_at: 1 }, 'pending', 'canceled'],
      [{ error_code: 'not_sent', started_at: null }, 'no_device', 'canceled'],
      [{ error_code: 'unconfirmed', started_at: 1 }, 'pending', 'failed'],
      [{ error_code: '463', started_at: 1 }, 'included', 'failed'],
    ] as const) {
      const { id } = await send();
      await update(id, { state: 'failed', ...columns });
      await sqlite.db('status_recipients').where({ status_id: id, position: 0 }).update({ outcome });
      const woken = scheduling.woken.length;
      scheduling.events.length = 0;
      const after = await scheduling.changes.delete('acc1', id);
      assert.deepEqual(
        [after.state, after.deletingSince !== null],
        [state, state === 'failed'],
        JSON.stringify(columns),
      );
      assert.equal(scheduling.woken.length - woken, state === 'failed' ? 1 : 0);
      assert.deepEqual(told(), [...(state === 'canceled' ? ['status-progress'] : []), 'statuses-updated']);
    }
  });

  it('is tried again without what stood on it, and counted anew', async () => {
    const { id } = await send();
    const failure = { deletion_error_code: '463', deletion_error_message: 'no', error_code: 'x', error_message: 'x' };
    await update(id, { state: 'failed', included: 3, left_out: 3, ...failure });
    await sqlite.db('status_recipients').where({ position: 0 }).update({ outcome: 'included', sent_at: 1 });
    const { deletionError, error, counts, recipients } = await retry(id);
    assert.deepEqual([deletionError, error, counts.included], [null, null, 1]);
    assert.deepEqual(recipients, { reached: 1, leftOut: 0, open: 2 });
  });

  it('is not tried again where there would be too many who wait', async () => {
    scheduling = openScheduling(sqlite.db, new SetClock(at), { limits: { pendingRecipient: 5 } });
    const { id } = await send();
    await update(id, { state: 'failed', error_code: '463' });
    await send();
    const before: unknown = await rowOf(id);
    await assert.rejects(retry(id), { code: 'conflict' });
    assert.deepEqual([await rowOf(id), scheduling.woken], [before, []]);
  });

  it('belongs to whoever may see its account, and is none of another one', async () => {
    await insertSession(sqlite.db, 'acc2');
    const { id } = await send();
    await update(id, { state: 'failed' });
    await assert.rejects(scheduling.changes.retry(rootPrincipal, 'acc2', id), { code: 'not_found' });
    await assert.rejects(scheduling.changes.change(rootPrincipal, 'acc2', id, { content: 'x' }), { code: 'not_found' });
    await assert.rejects(scheduling.changes.delete('acc2', id), { code: 'not_found' });
    scheduling.sessions.get = () => Promise.reject(new AppError('not_found', 'no'));
    await assert.rejects(retry(id), { code: 'not_found' });
    await update(id, { state: 'queued' });
    await assert.rejects(change(id, { content: 'x' }), { code: 'not_found' });
    assert.deepEqual([(await rowOf(id)).state, (await rowOf(id)).content], ['queued', 'hello']);
  });

  it('is awaited until it is gone or stays, whoever asks for it', async () => {
    const { id } = await send();
    await update(id, { state: 'sent', started_at: 1, delete_requested_at: 1 });
    const read = scheduling.statuses.getRecord.bind(scheduling.statuses);
    const waiting = (columns: object) => {
      let reads = 0;
      scheduling.statuses.getRecord = async (sessionId, statusId) => {
        const record = await read(sessionId, statusId);
        reads += 1;
        // It was seen as on its way; from here on somebody waits.
        if (reads === 3) {
          await update(id, columns);
          scheduling.bus.publish(statusesUpdated(record));
        }
        return record;
      };
      return scheduling.changes.delete('acc1', id, { waitMs: 60_000 });
    };
    const stayed = await waiting({
      delete_requested_at: null,
      deletion_error_code: '463',
      deletion_error_message: 'no',
    });
    assert.deepEqual([stayed.state, stayed.deletionError?.code], ['sent', '463']);
    await update(id, { delete_requested_at: 1 });
    assert.equal((await waiting({ delete_requested_at: null, state: 'deleted' })).state, 'deleted');
  });

  it('of a series is named by its place, counted from 1', async () => {
    const items = Array.from({ length: 7 }, (_, index) => ({ type: index === 6 ? 'image' : 'text', content: 'x.jpg' }));
    const body = createSeriesBodySchema.parse({
      items: items.map((item) => ({ ...item, content: '1700000000-0123456789abcdef.jpg' })),
      targetNumbers: numbers,
    });
    await assert.rejects(scheduling.series.create(rootPrincipal, 'acc1', body), /^AppError: Post 7 of the series/);
  });

  it('of a series that is canceled stays when it was begun before, and that is told', async () => {
    const body = createSeriesBodySchema.parse({
      items: ['a', 'b', 'c'].map((content) => ({ type: 'text', content })),
      targetNumbers: numbers,
    });
    const kept: string[] = [];
    const made = await scheduling.series.create(rootPrincipal, 'acc1', body, {
      waitMs: 0,
      keep: keptBy(({ id }: Series) => kept.push(id)),
    });
    assert.deepEqual(kept, [made.id]);
    await update(made.statuses[0]?.id ?? '', { started_at: 1 });
    scheduling.events.length = 0;
    const canceled = await scheduling.series.cancel('acc1', made.id);
    assert.deepEqual(canceled.states, { queued: 1, canceled: 2 });
    assert.deepEqual(told(), ['status-progress', 'status-progress', 'statuses-updated']);
    const [first, ...others] = await scheduling.statusesStore.listSeries('acc1', made.id);
    assert.ok(first);
    const expired = { ...first, state: 'expired' as const };
    assert.equal(publicSeries([expired, ...others]).state, 'sent');
    assert.equal(publicSeries([{ ...first, state: 'scheduled' }, ...others]).state, 'scheduled');
  });
});
