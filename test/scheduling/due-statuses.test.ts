import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { rootPrincipal } from '../../server/access/principal.js';
import { insertSession } from '../support/insert-session.js';
import { insertOrganization } from '../support/sample-rows.js';
import { keptBy } from '../support/kept-by.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import type { StatusState } from '../../server/contract/statuses.js';
import { AppError } from '../../server/lib/app-error.js';
import { DueReportStore } from '../../server/scheduling/due-report-store.js';
import { insertSentStatus, openServices, SetClock } from '../support/open-services.js';
import { openScheduling, textFor, type Scheduling } from './open-scheduling.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const numbers = ['491700000001', '491700000002'];
const at = new Date('2026-03-02T08:00:00Z');

describe('a planned status', () => {
  let sqlite: TestSqlite;
  let clock: SetClock;
  let scheduling: Scheduling;
  let looks: number;
  let trouble: Error | undefined;
  const unlinked = new Set<string>();

  beforeEach(async () => {
    sqlite = await openSqlite();
    clock = new SetClock(at);
    looks = 0;
    trouble = undefined;
    unlinked.clear();
    scheduling = openScheduling(sqlite.db, clock, {
      unlinked,
      beforeResolving: () => {
        looks += 1;
        return trouble ? Promise.reject(trouble) : Promise.resolve();
      },
    });
    await insertSession(sqlite.db, 'acc1');
  });
  afterEach(() => sqlite.remove());

  const plan = (more: object = {}) => {
    const scheduledAt = new Date(clock.now().getTime() + hourMs).toISOString();
    return scheduling.accepting.send(rootPrincipal, 'acc1', { ...textFor(numbers), scheduledAt, ...more });
  };
  const read = (id: string) => scheduling.statuses.get('acc1', id);
  /** What is told from now on of those that are named, by the first letters of their events. */
  const told = () => scheduling.events.map((event) => event.name);

  it('is answered at once, also to whoever would wait for the outcome, and kept with its answer', async () => {
    scheduling.bus.subscribe = () => {
      throw new Error('Somebody waits for it.');
    };
    const scheduledAt = new Date(at.getTime() + hourMs).toISOString();
    const kept: unknown[] = [];
    const keep = keptBy((answer) => kept.push(answer));
    const body = { ...textFor(numbers), scheduledAt };
    const planned = await scheduling.accepting.send(rootPrincipal, 'acc1', body, { waitMs: 60_000, keep });
    assert.deepEqual([planned.state, kept], ['scheduled', [planned]]);
    await assert.rejects(
      scheduling.accepting.send(rootPrincipal, 'acc1', textFor(numbers), { waitMs: 60_000 }),
      /Somebody waits/,
    );
    assert.deepEqual(told(), ['statuses-updated', 'statuses-updated']);
    const failing = () => Promise.reject(new Error('no database'));
    await assert.rejects(scheduling.accepting.send(rootPrincipal, 'acc1', body, { waitMs: 0, keep: failing }));
    assert.equal((await sqlite.db('statuses').pluck('id')).length, 2);
  });

  it('of a moment that is just over goes out at once, by the lateness that is usual', async () => {
    const { id, state } = await plan({ scheduledAt: new Date(at.getTime()).toISOString() });
    assert.equal(state, 'queued');
    const { plan: kept, scheduledAt } = await scheduling.statusesStore.find('acc1', id).then((record) => {
      assert.ok(record);
      return record;
    });
    assert.deepEqual([scheduledAt, kept.lateByMinutes], [at.getTime(), 60]);
  });

  it('is put into the queue when it is due, tells so, and wakes the queue', async () => {
    const { id } = await plan();
    await scheduling.due.sweep();
    assert.equal((await read(id)).state, 'scheduled');
    scheduling.events.length = 0;
    clock.advance(hourMs);
    await scheduling.due.sweep();
    assert.equal((await read(id)).state, 'queued');
    assert.deepEqual(told(), ['status-progress', 'statuses-updated']);
    const [progress] = scheduling.events;
    assert.deepEqual(progress?.payload, { sessionId: 'acc1', statusId: id, state: 'queued', done: 0, total: 2 });
    assert.deepEqual(scheduling.woken, ['acc1']);
  });

  it('waits for its account to be linked, and is missed with all that belongs to it when that takes too long', async () => {
    const { id } = await plan({ lateByMinutes: 10 });
    unlinked.add('acc1');
    clock.advance(hourMs);
    await scheduling.due.sweep();
    assert.equal((await read(id)).state, 'scheduled');
    clock.advance(11 * minuteMs - 1);
    await scheduling.due.sweep();
    assert.equal((await read(id)).state, 'scheduled', 'the last minute counts to its end');
    scheduling.events.length = 0;
    clock.advance(1);
    await scheduling.due.sweep();
    const { state, error } = await read(id);
    assert.deepEqual([state, error?.code], ['failed', 'missed']);
    assert.match(error?.message ?? '', /within 10 minutes of its time, .*the account was not linked\.$/);
    assert.deepEqual(told(), ['status-progress', 'statuses-updated', 'status-failed']);
    assert.deepEqual(scheduling.woken, []);
  });

  it('is not tried again before its pause is over', async () => {
    const { id } = await plan();
    const chosen = { kind: 'segment', segment: { type: 'never_viewed', days: 1 }, storyPrivacy: 'ignore' };
    await sqlite.db('statuses').update({ chosen_audience: JSON.stringify(chosen) });
    trouble = new TypeError('a bug');
    clock.advance(hourMs);
    looks = 0;
    for (let sweep = 0; sweep < 3; sweep += 1) await scheduling.due.sweep();
    assert.deepEqual([looks, (await read(id)).state], [1, 'scheduled']);
  });

  it('is not given up when the clock is put right after it was found to be late', async () => {
    const { id } = await plan({ lateByMinutes: 10 });
    const late = new Date(at.getTime() + 2 * hourMs);
    const times = [late];
    const jumping = { now: () => times.shift() ?? at };
    await openScheduling(sqlite.db, jumping).due.sweep();
    assert.equal((await read(id)).state, 'scheduled');
  });

  it('goes to those who are on its list when it is due, each by their one name, and none of whom it was before', async () => {
    const listId = '01J9ZX8K2QHV0M3T6R7P4N5W8C';
    const list = { id: listId, organization_id: 'default', name: 'Regulars', created_by: 'root' };
    await sqlite.db('audiences').insert({ ...list, created_at: 1, updated_at: 1 });
    const add = (phone_number: string) =>
      sqlite
        .db('audience_members')
        .insert({ audience_id: listId, organization_id: 'default', phone_number, added_at: 1 });
    await add('491700000001');
    const audience = { kind: 'list', listId, storyPrivacy: 'ignore' };
    const { id } = await plan({ targetNumbers: undefined, audience });
    const other = await plan();
    await sqlite.db('statuses').where({ id }).update({ left_out: 1 });
    await sqlite.db('status_recipients').where({ status_id: id }).update({ outcome: 'opted_out' });
    await sqlite.db('audience_members').delete();
    for (const number of ['491700000003', '5531988887777', '553188887777']) await add(number);
    clock.advance(hourMs);
    await scheduling.due.sweep();
    const { state, counts, recipients } = await read(id);
    assert.deepEqual([state, counts.targeted, recipients], ['queued', 2, { reached: 0, leftOut: 0, open: 2 }]);
    const pending = async (of: string) =>
      (await scheduling.recipients.listPending(of)).map(({ phoneNumber }) => phoneNumber).sort();
    assert.deepEqual((await pending(id)).length, 2);
    assert.ok((await pending(id)).includes('491700000003'));
    assert.deepEqual(await pending(other.id), numbers, 'who was named by number is not looked up');
  });

  it('has failed, and is told, when nobody is on its list any more', async () => {
    const { id } = await plan();
    const chosen = { kind: 'list', listId: '01J9ZX8K2QHV0M3T6R7P4N5W8C', storyPrivacy: 'ignore' };
    await sqlite.db('statuses').update({ chosen_audience: JSON.stringify(chosen) });
    clock.advance(hourMs);
    scheduling.events.length = 0;
    await scheduling.due.sweep();
    const { state, error } = await read(id);
    assert.deepEqual([state, error?.code], ['failed', 'not_found']);
    assert.deepEqual(told(), ['status-progress', 'statuses-updated', 'status-failed']);
    assert.deepEqual(scheduling.woken, []);
  });

  it('says what it waited for when it is missed in the queue', async () => {
    const [why, busy] = [await plan({ lateByMinutes: 0 }), await plan({ lateByMinutes: 0 })];
    clock.advance(hourMs);
    await scheduling.due.sweep();
    await sqlite
      .db('statuses')
      .where({ id: why.id })
      .update({ waiting_code: 'paused', waiting_message: 'Posting is paused.' });
    clock.advance(minuteMs);
    await scheduling.due.sweep();
    assert.match((await read(why.id)).error?.message ?? '', /within 0 minutes .*was left out\. Posting is paused\.$/);
    assert.match((await read(busy.id)).error?.message ?? '', /The account was busy with others\.$/);
  });

  it('has failed with the reason when it stumbled ten times, unless that may pass', async () => {
    const { id } = await plan({ lateByMinutes: 7 * 24 * 60 });
    const chosen = { kind: 'segment', segment: { type: 'never_viewed', days: 1 }, storyPrivacy: 'ignore' };
    await sqlite.db('statuses').update({ chosen_audience: JSON.stringify(chosen) });
    trouble = new TypeError('a bug');
    clock.advance(hourMs);
    looks = 0;
    const now = mock.method(performance, 'now');
    try {
      let passedMs = performance.now();
      now.mock.mockImplementation(() => passedMs);
      const sweep = async (times: number) => {
        for (let time = 0; time < times; time += 1) {
          await scheduling.due.sweep();
          passedMs += 10 * minuteMs;
        }
      };
      await sweep(9);
      assert.deepEqual([looks, (await read(id)).state], [9, 'scheduled']);
      // What may pass fails nothing, however often it comes.
      trouble = new AppError('unavailable', 'Too busy.');
      await sweep(3);
      assert.deepEqual([looks, (await read(id)).state], [12, 'scheduled']);
      trouble = new TypeError('a bug');
      await sweep(1);
    } finally {
      now.mock.restore();
    }
    const { state, error } = await read(id);
    assert.deepEqual([looks, state, error?.code], [13, 'failed', 'internal_error']);
    assert.match(error?.message ?? '', /It was tried 13 times\.$/);
  });

  it('waits with its account for a second after each time that it could not be asked about, and no longer', async () => {
    const reach = unlinked.has.bind(unlinked);
    const planNow = () => plan({ scheduledAt: clock.now().toISOString() });
    const wait = async () => {
      const { id } = await planNow();
      await sqlite.db('statuses').where({ id }).update({ state: 'scheduled' });
      unlinked.has = () => {
        throw new TypeError('no database');
      };
      await scheduling.due.sweep();
      unlinked.has = reach;
      await scheduling.due.sweep();
      assert.equal((await read(id)).state, 'scheduled');
      return id;
    };
    const now = mock.method(performance, 'now');
    try {
      let passedMs = performance.now();
      now.mock.mockImplementation(() => passedMs);
      for (let time = 0; time < 2; time += 1) {
        const id = await wait();
        passedMs += 1_000;
        await scheduling.due.sweep();
        assert.equal((await read(id)).state, 'queued');
      }
    } finally {
      now.mock.restore();
      unlinked.has = reach;
    }
  });

  it('that names a free slot goes out at that time, and others take the next', async () => {
    await scheduling.slots.put(
      { organizationId: 'default', sessionId: 'acc1' },
      { timeZone: 'UTC', slots: [{ weekday: 'monday', time: '09:00' }] },
    );
    const [first, second] = [
      await plan({ scheduledAt: 'next-free-slot' }),
      await plan({ scheduledAt: 'next-free-slot' }),
    ];
    assert.deepEqual([first.scheduledAt, second.scheduledAt], ['2026-03-02T09:00:00.000Z', '2026-03-09T09:00:00.000Z']);
    // Of another account, it leaves this one's slots free.
    await insertSession(sqlite.db, 'acc2');
    await sqlite.db('statuses').where({ id: first.id }).update({ session_id: 'acc2' });
    assert.equal((await scheduling.slots.get('acc1')).nextFreeAt, first.scheduledAt);
    await sqlite.db('statuses').where({ id: first.id }).update({ session_id: 'acc1', state: 'deleted' });
    assert.equal((await scheduling.slots.get('acc1')).nextFreeAt, first.scheduledAt);
    clock.advance(hourMs);
    assert.equal((await scheduling.slots.get('acc1')).nextFreeAt, '2026-03-16T09:00:00.000Z');
    await assert.rejects(
      scheduling.slots.put(
        { organizationId: 'default', sessionId: 'acc1' },
        { timeZone: 'Mars/Base', slots: [{ weekday: 'monday', time: '09:00' }] },
      ),
    );
    assert.equal((await scheduling.slots.get('acc1')).timeZone, 'UTC');
  });
});

describe('the list of what is due', () => {
  let sqlite: TestSqlite;
  let due: DueReportStore;
  const now = at.getTime();

  before(async () => {
    sqlite = await openSqlite();
    due = new DueReportStore(sqlite.db);
    await insertOrganization(sqlite.db, 'globex');
    await insertSession(sqlite.db, 'acc1');
    await insertSession(sqlite.db, 'acc2');
  });
  after(() => sqlite.remove());
  afterEach(() => sqlite.db('statuses').delete());

  async function insert(id: string, state: StatusState, changes: object = {}, organizationId = 'default') {
    const services = openServices(sqlite.db, new SetClock(at));
    const sessionId = organizationId === 'default' ? 'acc1' : 'acc2';
    await insertSentStatus(services, id, { state, organizationId, sessionId, scheduledAt: now, sentAt: null });
    await sqlite
      .db('statuses')
      .where({ id })
      .update({ organization_id: organizationId, ...changes });
  }
  const pageOf = (after?: { id: string; scheduledAt: number }, organizationId = 'default') => ({
    organizationId,
    limit: 2,
    after: after && { ...after, sessionId: 'acc1', organizationId },
  });
  const idsOf = (found: readonly { id: string }[]) => found.map(({ id }) => id);

  it('has the earliest first, page by page, of one organization', async () => {
    await insert('B', 'scheduled', { scheduled_at: now - 1 });
    await insert('A', 'scheduled');
    await insert('C', 'scheduled');
    await insert('D', 'scheduled', { scheduled_at: now + 1 });
    await insert('E', 'queued');
    await insert('F', 'scheduled', {}, 'globex');
    assert.deepEqual(idsOf(await due.listDue(now, pageOf())), ['B', 'A']);
    assert.deepEqual(idsOf(await due.listDue(now, pageOf({ id: 'A', scheduledAt: now }))), ['C']);
    assert.deepEqual(idsOf(await due.listDue(now, pageOf(undefined, 'globex'))), ['F']);
    assert.deepEqual((await due.listOrganizations(now)).sort(), ['default', 'globex']);
  });

  it('has as missed what is too late by a minute, and nothing that has left', async () => {
    for (const id of ['A', 'B', 'C']) await insert(id, 'queued', { late_by_minutes: 10 });
    await insert('D', 'queued', { late_by_minutes: 10, started_at: now });
    await insert('E', 'queued', { late_by_minutes: null });
    assert.deepEqual(await due.listMissed(now + 11 * minuteMs - 1, pageOf()), []);
    assert.deepEqual(idsOf(await due.listMissed(now + 11 * minuteMs, pageOf())), ['A', 'B']);
    assert.deepEqual(idsOf(await due.listMissed(now + 11 * minuteMs, pageOf({ id: 'B', scheduledAt: 0 }))), ['C']);
  });

  it('has as stopped what comes after a part that failed, and not what comes before', async () => {
    const inSeries = (position: number) => ({ series_id: 'X', series_position: position, scheduled_at: null });
    await insert('A', 'queued', inSeries(0));
    await insert('B', 'failed', inSeries(1));
    await insert('C', 'queued', inSeries(2));
    assert.deepEqual(idsOf(await due.listStopped(pageOf())), ['C']);
    assert.deepEqual(await due.listOrganizations(0), ['default']);
  });
});
