import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import { createSeriesBodySchema } from '../../server/contract/series.js';
import type { Status } from '../../server/contract/statuses.js';
import { publicSeries } from '../../server/statuses/series.js';
import { insertSession } from '../people/insert-session.js';
import { openScheduling, textFor, type Scheduling } from '../scheduling/open-scheduling.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { SetClock } from '../viewers/open-services.js';

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

  const send = (more: object = {}) => scheduling.statuses.send(rootPrincipal, 'acc1', { ...textFor(numbers), ...more });
  const change = (id: string, body: object) => scheduling.changes.change(rootPrincipal, 'acc1', id, body);
  const retry = (id: string, keep?: (status: Status) => void) =>
    scheduling.changes.retry(rootPrincipal, 'acc1', id, {
      waitMs: 0,
      ...(keep && { keep: (_tx: unknown, status: Status) => Promise.resolve(keep(status)) }),
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
    await update(id, { state: 'failed', error_code: '463' });
    meanwhile({ state: 'sending' });
    await assert.rejects(retry(id), { code: 'conflict' });
    assert.equal((await rowOf(id)).state, 'sending');
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
      keep: (_tx, { id }) => Promise.resolve(void kept.push(id)),
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
