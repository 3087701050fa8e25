import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Broadcast, CreateBroadcastBody } from '../../server/contract/planning/broadcasts.js';
import { nextFreeSlot } from '../../server/contract/planning/plans.js';
import { AppError } from '../../server/lib/app-error.js';
import { createLogger, type Logger } from '../../server/lib/logger.js';
import { insertSession } from '../support/insert-session.js';
import { eventually } from '../support/eventually.js';
import { keptBy } from '../support/kept-by.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { insertOrganization } from '../support/sample-rows.js';
import { SetClock } from '../support/open-services.js';
import { openScheduling, textFor, type Scheduling } from './open-scheduling.js';

const at = new Date('2026-03-02T08:00:00Z');
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const number = '491700000001';
const principal = { ...rootPrincipal, organizationId: 'default', name: 'Alice' };

describe('what is posted by itself', () => {
  let sqlite: TestSqlite;
  let scheduling: Scheduling;
  let clock: SetClock;
  let looks: number;
  const unlinked = new Set<string>();
  const logged: string[] = [];
  /** What happens while the people of an account are looked up. */
  let meanwhile: () => Promise<unknown>;

  beforeEach(async () => {
    sqlite = await openSqlite();
    clock = new SetClock(at);
    looks = 0;
    unlinked.clear();
    logged.length = 0;
    meanwhile = () => Promise.resolve();
    scheduling = openScheduling(sqlite.db, clock, {
      unlinked,
      logger: Object.create(createLogger({ logLevel: 'silent' }), {
        error: { value: (_facts: unknown, message: string) => logged.push(message) },
      }) as Logger,
      organizationOf: (sessionId) => (sessionId === 'globex1' ? 'globex' : 'default'),
      beforeResolving: async () => {
        looks += 1;
        await meanwhile();
      },
    });
    await insertOrganization(sqlite.db, 'globex');
    for (const sessionId of ['acc1', 'acc2', 'globex1']) await insertSession(sqlite.db, sessionId);
  });
  afterEach(() => sqlite.remove());

  const statuses = () => sqlite.db('statuses').orderBy(['session_id', 'id']);
  const told = () => scheduling.events.map(({ name }) => name);

  describe('by a schedule', () => {
    const create = (more: object = {}) =>
      scheduling.schedules.create(principal, 'acc1', {
        startsAt: '2026-03-02T09:00:00',
        timeZone: 'UTC',
        rule: 'FREQ=DAILY',
        status: textFor([number]),
        ...more,
      });
    const past = () => sqlite.db('schedule_occurrences').orderBy('occurrence_at');
    const nextAt = async () => Number((await sqlite.db('schedules').first()).next_at);

    it('has the name of who made it, its time and its schedule', async () => {
      const { id } = await create();
      clock.advance(hourMs);
      scheduling.events.length = 0;
      await scheduling.runner.sweep();
      const [status, ...others] = await statuses();
      assert.deepEqual(others, []);
      assert.deepEqual([status.created_by, status.organization_id, status.schedule_id], ['Alice', 'default', id]);
      assert.deepEqual([status.scheduled_at, status.late_by_minutes], [at.getTime() + hourMs, 60]);
      assert.equal(await nextAt(), at.getTime() + hourMs + dayMs);
      await scheduling.runner.sweep();
      assert.equal((await statuses()).length, 1);
    });

    it('is left out where somebody left out its time', async () => {
      const { id } = await create();
      const time = new Date(at.getTime() + hourMs).toISOString();
      const place = { sessionId: 'acc1', id };
      await scheduling.schedules.changeOccurrence(principal, place, { at: time });
      clock.advance(hourMs);
      await scheduling.runner.sweep();
      assert.deepEqual(await statuses(), []);
      assert.equal(await nextAt(), at.getTime() + hourMs + dayMs);
      assert.deepEqual(
        (await past()).map(({ outcome }) => outcome),
        ['canceled'],
      );
      await assert.rejects(scheduling.schedules.changeOccurrence(principal, place, { at: time }), {
        code: 'validation_error',
      });
    });

    it('has the words that somebody wrote while it was on its way', async () => {
      const { id } = await create();
      clock.advance(hourMs);
      meanwhile = async () => {
        meanwhile = () => Promise.resolve();
        clock.advance(1);
        await scheduling.schedules.change(principal, 'acc1', id, { status: textFor([number], 'other words') });
      };
      await scheduling.runner.sweep();
      assert.deepEqual(await statuses(), []);
      assert.equal(await nextAt(), at.getTime() + hourMs, 'its time has not passed');
      await scheduling.runner.sweep();
      assert.deepEqual(
        (await statuses()).map(({ content }) => content),
        ['other words'],
      );
    });

    it('is missed at all times that are too late, to the millisecond, and that is told', async () => {
      await create({ rule: 'FREQ=HOURLY', lateByMinutes: 10 });
      unlinked.add('acc1');
      clock.advance(3 * hourMs + 11 * minuteMs);
      scheduling.events.length = 0;
      await scheduling.runner.sweep();
      assert.deepEqual(
        (await past()).map(({ outcome, occurrence_at: time }) => [outcome, (time - at.getTime()) / hourMs]),
        [1, 2, 3].map((hours) => ['missed', hours]),
      );
      assert.equal(await nextAt(), at.getTime() + 4 * hourMs);
      assert.deepEqual(told(), ['statuses-updated']);
      clock.advance(49 * minuteMs);
      await scheduling.runner.sweep();
      assert.equal(await nextAt(), at.getTime() + 4 * hourMs, 'it may be linked again before it is too late');
      unlinked.clear();
      await scheduling.runner.sweep();
      assert.deepEqual((await past()).map(({ outcome }) => outcome).slice(3), ['posted']);
    });

    it('misses the times that are too late now, and not one more or less', async () => {
      await create({ rule: 'FREQ=HOURLY', lateByMinutes: 10 });
      unlinked.add('acc1');
      clock.advance(3 * hourMs + 11 * minuteMs - 1);
      await scheduling.runner.sweep();
      assert.deepEqual([(await past()).length, await nextAt()], [2, at.getTime() + 3 * hourMs]);
      clock.advance(1);
      await scheduling.runner.sweep();
      assert.deepEqual([(await past()).length, await nextAt()], [3, at.getTime() + 4 * hourMs]);
    });

    it('is not tried again before its pause is over', async () => {
      await create();
      clock.advance(hourMs);
      meanwhile = () => Promise.reject(new AppError('unavailable', 'Too busy.'));
      for (let sweep = 0; sweep < 3; sweep += 1) await scheduling.runner.sweep();
      assert.equal(looks, 1);
    });

    it('ends with its rule, is paused and goes on from now, and comes back with another rule', async () => {
      const { id } = await create({ rule: 'FREQ=DAILY;COUNT=1' });
      clock.advance(hourMs);
      await scheduling.runner.sweep();
      const read = () => scheduling.schedules.get(principal, 'acc1', id);
      assert.deepEqual([(await read()).state, (await read()).nextAt], ['ended', null]);
      const change = (body: object) => scheduling.schedules.change(principal, 'acc1', id, body);
      assert.equal((await change({ rule: 'FREQ=DAILY' })).state, 'active');
      await change({ state: 'paused' });
      const query = { limit: 5, from: clock.now().toISOString() };
      const planned = async () =>
        (await scheduling.schedules.occurrences(principal, { sessionId: 'acc1', id }, query)).filter(
          ({ outcome }) => outcome === 'planned',
        ).length;
      assert.equal(await planned(), 0);
      clock.advance(3 * dayMs + minuteMs);
      await scheduling.runner.sweep();
      assert.equal((await statuses()).length, 1, 'it is paused');
      assert.equal((await change({ state: 'active' })).nextAt, '2026-03-06T09:00:00.000Z');
      assert.equal(await planned(), 4);
      await assert.rejects(scheduling.schedules.get(principal, 'acc2', id), { code: 'not_found' });
      const stranger = { ...principal, organizationId: 'globex' };
      await assert.rejects(scheduling.schedules.get(stranger, 'acc1', id), { code: 'not_found' });
    });

    it('is due page by page, of one organization, while it is active', async () => {
      const ids: string[] = [];
      for (let index = 0; index < 3; index += 1) ids.push((await create()).id);
      const other = await scheduling.schedules.create(rootPrincipal, 'globex1', {
        startsAt: '2026-03-02T09:00:00',
        timeZone: 'UTC',
        rule: 'FREQ=DAILY',
        status: textFor([number]),
      });
      await sqlite.db('schedules').where({ id: ids[2] }).update({ state: 'paused' });
      const { schedulesStore: store } = scheduling;
      const due = (organizationId: string, query: object = {}) =>
        store.listDue(organizationId, { now: at.getTime() + hourMs, limit: 1, ...query });
      const [first] = await due('default');
      const [second] = await due('default', { after: first });
      assert.deepEqual(
        [first?.id, second?.id],
        [...ids].sort().filter((id) => id !== ids[2]),
      );
      assert.deepEqual(await due('default', { after: second }), []);
      assert.deepEqual(
        (await due('globex', { limit: 9 })).map(({ id }) => id),
        [other.id],
      );
      assert.deepEqual(await due('default', { now: at.getTime() }), []);
    });
  });

  describe('by a broadcast', () => {
    const create = (body: Partial<CreateBroadcastBody> = {}) =>
      scheduling.broadcasts.create(principal, {
        ...textFor([number]),
        sessionIds: ['acc1', 'acc2'],
        ...body,
      });
    const accounts = async (id: string) => (await scheduling.broadcasts.get(principal, id)).accounts;

    it('goes out on one account after the other, by its place', async () => {
      const { id } = await create({ sessionIds: ['acc2', 'acc1'], staggerSeconds: 60 });
      await scheduling.broadcastRunner.sweep();
      const [second, first] = await statuses();
      assert.deepEqual(
        [first.session_id, first.state, first.scheduled_at, first.late_by_minutes],
        ['acc2', 'queued', null, null],
      );
      assert.deepEqual(
        [second.session_id, second.state, second.scheduled_at],
        ['acc1', 'scheduled', at.getTime() + 60_000],
      );
      assert.deepEqual([first.broadcast_id, first.created_by], [id, 'Alice']);
      assert.deepEqual(
        (await accounts(id)).map(({ sessionId }) => sessionId),
        ['acc2', 'acc1'],
      );
      await scheduling.broadcastRunner.sweep();
      assert.equal((await statuses()).length, 2);
      const canceled = await scheduling.broadcasts.cancel(principal, id);
      assert.deepEqual(canceled.states, { canceled: 2 });
    });

    it('has its variables, its time, and an hour for it', async () => {
      const scheduledAt = new Date(at.getTime() + hourMs).toISOString();
      await create({ content: 'Hello {{who}}', variables: { who: 'all' }, scheduledAt, sessionIds: ['acc1'] });
      await scheduling.broadcastRunner.sweep();
      const [status] = await statuses();
      assert.deepEqual(
        [status.content, status.scheduled_at, status.late_by_minutes],
        ['Hello all', at.getTime() + hourMs, 60],
      );
    });

    it('does not go out on accounts that were canceled while their people were looked up', async () => {
      const { id } = await create({ sessionIds: ['acc1'] });
      meanwhile = () => scheduling.broadcasts.cancel(principal, id);
      await scheduling.broadcastRunner.sweep();
      assert.deepEqual(await statuses(), []);
      const [account] = await accounts(id);
      assert.deepEqual([account?.state, account?.error], ['canceled', null]);
      assert.deepEqual(await sqlite.db('broadcast_accounts').pluck('tries'), [0]);
      assert.deepEqual(logged, [], 'it is no trouble');
    });

    it('goes out in the next free slot of each account', async () => {
      const slotAt = (time: string) => ({ timeZone: 'UTC', slots: [{ weekday: 'tuesday' as const, time }] });
      const of = (sessionId: string) => ({ organizationId: 'default', sessionId });
      await scheduling.slots.put(of('acc1'), slotAt('09:00'));
      await scheduling.slots.put(of('acc2'), slotAt('10:30'));
      await create({ scheduledAt: nextFreeSlot });
      await create({ scheduledAt: nextFreeSlot });
      await scheduling.broadcastRunner.sweep();
      const times = (await statuses()).map(({ session_id: sessionId, scheduled_at: time }) => [
        sessionId,
        new Date(Number(time)).toISOString().slice(0, 16),
      ]);
      assert.deepEqual(times.sort(), [
        ['acc1', '2026-03-03T09:00'],
        ['acc1', '2026-03-10T09:00'],
        ['acc2', '2026-03-03T10:30'],
        ['acc2', '2026-03-10T10:30'],
      ]);
    });

    it('has a pause also where its trouble could not be recorded, which is told once', async () => {
      meanwhile = () => Promise.reject(new AppError('unavailable', 'Too busy.'));
      Object.assign(scheduling.broadcastsStore, { postpone: () => Promise.reject(new Error('no database')) });
      await create({ sessionIds: ['acc1'] });
      for (let sweep = 0; sweep < 3; sweep += 1) await scheduling.broadcastRunner.sweep();
      assert.deepEqual([looks, logged], [1, ['that a broadcast stumbled was not recorded']]);
    });

    it('is looked for no further in an organization whose places are all taken', async () => {
      const sessionIds = Array.from({ length: 51 }, (_, index) => `many${String(index)}`);
      for (const sessionId of sessionIds) await insertSession(sqlite.db, sessionId);
      await create({ sessionIds });
      let goOn: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (goOn = resolve));
      meanwhile = () => held;
      const first = scheduling.broadcastRunner.sweep();
      await eventually(() => {
        assert.equal(looks, 4);
      });
      const { broadcastsStore: store } = scheduling;
      const list = store.listPending.bind(store);
      let pages = 0;
      store.listPending = (...of) => {
        pages += 1;
        return list(...of);
      };
      await scheduling.broadcastRunner.sweep();
      assert.deepEqual([pages, looks], [1, 4]);
      goOn();
      await first;
      assert.equal((await statuses()).length, 51);
    });

    it('is kept with the answer for a repeat', async () => {
      const kept: Broadcast[] = [];
      const body = { ...textFor([number]), sessionIds: ['acc1'] };
      const keep = keptBy((answer: Broadcast) => kept.push(answer));
      assert.deepEqual(kept, [await scheduling.broadcasts.create(principal, body, { waitMs: 0, keep })]);
      const failing = () => Promise.reject(new Error('no database'));
      await assert.rejects(scheduling.broadcasts.create(principal, body, { waitMs: 0, keep: failing }), /no database/);
      assert.equal((await scheduling.broadcasts.list(principal, { limit: 9 })).total, 1);
    });

    it('is waited for until every account was tried', async () => {
      meanwhile = () => Promise.reject(new AppError('empty_audience', 'Nobody.'));
      const nobodyWaits = new AbortController();
      const body = { ...textFor([number]), sessionIds: ['acc1', 'acc2'] };
      const answer = scheduling.broadcasts.create(principal, body, { waitMs: 60_000, signal: nobodyWaits.signal });
      await eventually(async () => {
        await scheduling.broadcastRunner.sweep();
        assert.deepEqual(await sqlite.db('broadcast_accounts').pluck('state'), ['refused', 'refused']);
      });
      nobodyWaits.abort();
      assert.deepEqual((await answer).states, { refused: 2 });
    });

    it('of all accounts is for those of one organization, also where whoever asks may see every one', async () => {
      const { accounts: all } = await scheduling.broadcasts.create(rootPrincipal, { ...textFor([number]), all: true });
      assert.deepEqual(
        all.map(({ sessionId }) => sessionId),
        ['acc1', 'acc2'],
      );
      const globex = { ...rootPrincipal, organizationId: 'globex' };
      const other = await scheduling.broadcasts.create(globex, { ...textFor([number]), all: true });
      assert.deepEqual(other.states, { pending: 1 });
    });

    it('is refused at once for a reason that stays, and tried again, on this account alone, for one that passes', async () => {
      meanwhile = () => {
        const code = looks % 2 === 1 ? 'empty_audience' : 'unavailable';
        return Promise.reject(new AppError(code, code));
      };
      const { id } = await create();
      await scheduling.broadcastRunner.sweep();
      const states = (await accounts(id)).map(({ state }) => state).sort();
      assert.deepEqual(states, ['pending', 'refused']);
      assert.deepEqual((await sqlite.db('broadcast_accounts').pluck('tries')).sort(), [0, 1]);
      await scheduling.broadcastRunner.sweep();
      assert.equal(looks, 2, 'it waits before it is tried again');
    });

    it('is for the accounts of one organization, and nothing to another', async () => {
      await assert.rejects(
        scheduling.broadcasts.create(rootPrincipal, { ...textFor([number]), sessionIds: ['acc1', 'globex1'] }),
        { code: 'validation_error' },
      );
      const made = [await create(), await create(), await create()].map(({ id }) => id).reverse();
      const stranger = { ...principal, organizationId: 'globex' };
      await assert.rejects(scheduling.broadcasts.get(stranger, made[0] ?? ''), { code: 'not_found' });
      assert.equal((await scheduling.broadcasts.list(stranger, { limit: 9 })).total, 0);
      const first = await scheduling.broadcasts.list(principal, { limit: 2 });
      assert.deepEqual(
        first.items.map(({ id }) => id),
        made.slice(0, 2),
      );
      const rest = await scheduling.broadcasts.list(principal, { limit: 2, cursor: first.nextCursor ?? '' });
      assert.deepEqual([rest.items.map(({ id }) => id), rest.nextCursor], [made.slice(2), null]);
      assert.equal((await scheduling.broadcasts.list(principal, { limit: 3 })).nextCursor, null);
      const query = { now: at.getTime(), longestPauseMs: 1, limit: 4 };
      const pending = await scheduling.broadcastsStore.listPending('default', query);
      assert.equal(pending.length, 4);
      const after = await scheduling.broadcastsStore.listPending('default', { ...query, after: pending[3] });
      assert.deepEqual([after.length, await scheduling.broadcastsStore.listPending('globex', query)], [2, []]);
    });
  });
});
