import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { CreateScheduleBody } from '../../server/contract/planning/schedules.js';
import type { Status } from '../../server/contract/statuses.js';
import { connectDatabase, openDatabase, type Database } from '../../server/db/database.js';
import { AppError } from '../../server/lib/app-error.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryEngine } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { SetClock } from '../support/open-services.js';
import { openScheduling, textFor, type Scheduling, type Surroundings } from './open-scheduling.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const number = '491700000001';
/** Enough to be in each other's way, whoever is quicker. */
const atOnce = 25;

describeOnEveryEngine('planning by two processes on one database', (newAddress) => {
  const databases: Database[] = [];
  const clock = new SetClock(new Date('2026-03-02T08:00:00Z'));
  /** Each with connections of its own, as in two processes. */
  let both: [Scheduling, Scheduling];
  let first: Scheduling;
  let db: Database;
  const surroundings: Surroundings = {};
  let sessions = 0;

  before(async function () {
    this.timeout(60_000);
    const address = await newAddress();
    db = await openDatabase(address);
    const other = await connectDatabase(address);
    databases.push(db, other);
    both = [openScheduling(db, clock, surroundings), openScheduling(other, clock)];
    [first] = both;
  });
  after('close the databases', () => Promise.all(databases.map((database) => database.destroy())));
  afterEach(() => {
    delete surroundings.beforeResolving;
    delete surroundings.unlinked;
  });

  /** An account that no other test has. */
  async function newSession(): Promise<string> {
    sessions += 1;
    const sessionId = `acc${String(sessions)}`;
    await insertSession(db, sessionId);
    return sessionId;
  }
  const now = (): number => clock.now().getTime();
  const at = (ms: number): string => new Date(now() + ms).toISOString();
  const plan = (sessionId: string, ms: number, more: object = {}): Promise<Status> =>
    first.accepting.send(rootPrincipal, sessionId, { ...textFor([number]), scheduledAt: at(ms), ...more });
  const repeat = (sessionId: string, more: Partial<CreateScheduleBody> = {}) =>
    first.schedules.create(rootPrincipal, sessionId, {
      status: textFor([number]),
      startsAt: at(hourMs).slice(0, 19),
      timeZone: 'UTC',
      rule: 'FREQ=DAILY',
      ...more,
    });
  const statesOf = (sessionId: string): Promise<{ state: string; content: string }[]> =>
    db('statuses').where({ session_id: sessionId }).orderBy('id').select('state', 'content');
  const occurrencesOf = (scheduleId: string): Promise<{ outcome: string }[]> =>
    db('schedule_occurrences')
      .where({ schedule_id: scheduleId })
      .orderBy('occurrence_at')
      .select('outcome', 'status_id', 'occurrence_at');
  /** Again and again in both, all at the same time. */
  const inBoth = (work: (one: Scheduling) => Promise<unknown>): Promise<unknown> =>
    Promise.all([...both, ...both, ...both].map(work));

  it('gives each free slot to one status, whoever asks at the same time', async () => {
    const sessionId = await newSession();
    const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
    const slots = days.map((weekday) => ({ weekday, time: '12:00' }));
    await first.slots.put({ sessionId, organizationId: 'default' }, { timeZone: 'Asia/Kolkata', slots });
    const take = (index: number): Promise<Status> => {
      const body = { ...textFor([number]), scheduledAt: 'next-free-slot' };
      return both[index % 2 === 0 ? 0 : 1].accepting.send(rootPrincipal, sessionId, body);
    };
    const planned = await Promise.all(Array.from({ length: atOnce }, (_, index) => take(index)));
    const times = planned.map(({ scheduledAt }) => Date.parse(scheduledAt ?? '')).sort((a, b) => a - b);
    assert.deepEqual(
      times,
      Array.from({ length: atOnce }, (_, index) => (times[0] ?? 0) + index * 24 * hourMs),
    );
    // Also those that are moved there.
    const moved = await Promise.all([1, 2, 3].map((days) => plan(sessionId, days * hourMs)));
    const after = await Promise.all(
      moved.map(({ id }, index) =>
        both[index % 2 === 0 ? 0 : 1].changes.change(rootPrincipal, sessionId, id, { scheduledAt: 'next-free-slot' }),
      ),
    );
    assert.deepEqual(
      after.map(({ scheduledAt }) => Date.parse(scheduledAt ?? '')).sort((a, b) => a - b),
      [1, 2, 3].map((index) => (times.at(-1) ?? 0) + index * 24 * hourMs),
    );
  });

  it('puts a due status into the queue once', async () => {
    const sessionId = await newSession();
    const status = await plan(sessionId, hourMs);
    clock.advance(hourMs + 1);
    await inBoth((one) => one.due.sweep());
    assert.deepEqual(await statesOf(sessionId), [{ state: 'queued', content: 'hello' }]);
    const told = both.flatMap(({ events }) =>
      events.filter(({ name, payload }) => name === 'status-progress' && JSON.stringify(payload).includes(status.id)),
    );
    assert.equal(told.length, 1);
    assert.equal(both.flatMap(({ woken }) => woken.filter((one) => one === sessionId)).length, 1);
  });

  it('makes one status of each time of a schedule', async () => {
    const sessionId = await newSession();
    const schedule = await repeat(sessionId, { rule: 'FREQ=HOURLY;COUNT=3', lateByMinutes: 600 });
    clock.advance(3 * hourMs + 1);
    // Each goes from one time to the next.
    for (let turn = 0; turn < 3; turn += 1) await inBoth((one) => one.runner.sweep());
    assert.deepEqual(
      (await occurrencesOf(schedule.id)).map(({ outcome }) => outcome),
      ['posted', 'posted', 'posted'],
    );
    assert.equal((await statesOf(sessionId)).length, 3);
    assert.equal((await first.schedules.get(rootPrincipal, sessionId, schedule.id)).state, 'ended');
  });

  it('writes down a missed time once, and makes nothing of it', async () => {
    const sessionId = await newSession();
    const schedule = await repeat(sessionId, { rule: 'FREQ=HOURLY;COUNT=3' });
    clock.advance(10 * hourMs);
    await inBoth((one) => one.runner.sweep());
    assert.deepEqual(
      (await occurrencesOf(schedule.id)).map(({ outcome }) => outcome),
      ['missed', 'missed', 'missed'],
    );
    assert.deepEqual(await statesOf(sessionId), []);
  });

  it('either posts a time of a schedule or leaves it out, when both come at once', async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 6; round += 1) {
      const sessionId = await newSession();
      const schedule = await repeat(sessionId, { rule: 'FREQ=DAILY;COUNT=1' });
      const time = schedule.nextAt ?? '';
      clock.advance(hourMs + 1);
      const place = { sessionId, id: schedule.id };
      const leaveOut = () => both[1].schedules.changeOccurrence(rootPrincipal, place, { at: time });
      const work = [() => first.runner.sweep(), leaveOut];
      const [, left] = await Promise.allSettled((round % 2 === 0 ? work : work.reverse()).map((one) => one()));
      assert.ok(left);
      await first.runner.sweep();
      const [occurrence, ...more] = await occurrencesOf(schedule.id);
      assert.deepEqual(more, []);
      assert.equal((await statesOf(sessionId)).length, occurrence?.outcome === 'posted' ? 1 : 0);
      outcomes.add(occurrence?.outcome ?? '');
      assert.equal((await first.schedules.get(rootPrincipal, sessionId, schedule.id)).nextAt, null);
    }
    for (const outcome of outcomes) assert.match(outcome, /^(posted|canceled)$/);
  });

  it('makes one status of each account of a broadcast, also when it is canceled meanwhile', async () => {
    for (const isCanceled of [false, true]) {
      const sessionIds = [await newSession(), await newSession(), await newSession()];
      const { id } = await first.broadcasts.create(rootPrincipal, { ...textFor([number]), sessionIds });
      await Promise.all([
        inBoth((one) => one.broadcastRunner.sweep()),
        isCanceled && both[1].broadcasts.cancel(rootPrincipal, id),
      ]);
      const { accounts } = await first.broadcasts.get(rootPrincipal, id);
      for (const [index, sessionId] of sessionIds.entries()) {
        const account = accounts[index];
        const states = (await statesOf(sessionId)).map(({ state }) => state);
        if (!isCanceled) assert.deepEqual([account?.state, states], ['accepted', ['queued']]);
        else if (account?.state === 'accepted') assert.deepEqual(states, ['canceled']);
        else assert.deepEqual([account?.state, states], ['canceled', []]);
      }
    }
  });

  it('leaves a status alone that is moved or changed in the moment it is due', async () => {
    const sessionId = await newSession();
    const list = await newList(['491700000002']);
    const audience = { kind: 'list', listId: list, storyPrivacy: 'ignore' } as const;
    const status = await plan(sessionId, hourMs, { audience, targetNumbers: undefined });
    clock.advance(hourMs + 1);
    const later = at(24 * hourMs);
    surroundings.beforeResolving = async (resolved) => {
      if (resolved !== sessionId) return;
      delete surroundings.beforeResolving;
      await both[1].changes.change(rootPrincipal, sessionId, status.id, { scheduledAt: later });
    };
    await first.due.sweep();
    const { state, scheduledAt } = await first.statuses.get(sessionId, status.id);
    assert.deepEqual([state, scheduledAt], ['scheduled', later]);
  });

  it('leaves a status alone that is canceled while those before it are looked up', async () => {
    const sessionId = await newSession();
    const listId = await newList(['491700000003']);
    const audience = { kind: 'list', listId, storyPrivacy: 'ignore' } as const;
    await plan(sessionId, hourMs, { audience, targetNumbers: undefined });
    const canceled = await plan(sessionId, hourMs);
    clock.advance(hourMs + 1);
    surroundings.beforeResolving = async (resolved) => {
      if (resolved !== sessionId) return;
      delete surroundings.beforeResolving;
      await both[1].changes.delete(sessionId, canceled.id);
    };
    await first.due.sweep();
    await first.due.sweep();
    assert.deepEqual(
      (await statesOf(sessionId)).map(({ state }) => state),
      ['queued', 'canceled'],
    );
  });

  it('posts what a schedule says in the moment it comes, not what it said just before', async () => {
    const sessionId = await newSession();
    const schedule = await repeat(sessionId, { status: textFor([number], 'old words') });
    clock.advance(hourMs + 1);
    surroundings.beforeResolving = async (resolved) => {
      if (resolved !== sessionId) return;
      delete surroundings.beforeResolving;
      clock.advance(1);
      const status = textFor([number], 'new words');
      await both[1].schedules.change(rootPrincipal, sessionId, schedule.id, { status });
    };
    await first.runner.sweep();
    await first.runner.sweep();
    assert.deepEqual(await statesOf(sessionId), [{ state: 'queued', content: 'new words' }]);
  });

  it('goes past what has to wait, however much of it there is', async () => {
    const waiting = await newSession();
    await copy('statuses', (await plan(waiting, hourMs)).id, 210);
    await copy('schedules', (await repeat(waiting)).id, 105);
    const sessionId = await newSession();
    clock.advance(minuteMs);
    await plan(sessionId, hourMs);
    const { id } = await repeat(sessionId);
    surroundings.unlinked = new Set([waiting]);
    clock.advance(hourMs + 1);
    await Promise.all([first.due.sweep(), first.runner.sweep()]);
    assert.deepEqual(
      (await statesOf(sessionId)).map(({ state }) => state),
      ['queued', 'queued'],
    );
    assert.equal((await occurrencesOf(id)).length, 1);
    assert.deepEqual(new Set((await statesOf(waiting)).map(({ state }) => state)), new Set(['scheduled']));
    await db('sessions').where({ session_id: waiting }).delete();
  });

  it('keeps nothing else while one account has to wait for what it shows, and tries again what the server cannot do now', async () => {
    const slow = await newSession();
    const sessionId = await newSession();
    const waiting = await repeat(slow);
    const posted = await repeat(sessionId);
    clock.advance(hourMs + 1);
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    surroundings.beforeResolving = async (resolved) => {
      if (resolved === slow) await held;
    };
    const sweep = first.runner.sweep();
    await eventually(async () => assert.equal((await occurrencesOf(posted.id)).length, 1));
    const other = await newSession();
    const later = await repeat(other);
    clock.advance(hourMs + 1);
    await first.runner.sweep();
    assert.equal((await occurrencesOf(later.id)).length, 1);
    assert.equal((await occurrencesOf(waiting.id)).length, 0);
    goOn();
    await sweep;
    assert.equal((await statesOf(slow)).length, 1);

    surroundings.beforeResolving = () => {
      delete surroundings.beforeResolving;
      return Promise.reject(new AppError('unavailable', 'Too many files are being prepared right now.'));
    };
    clock.advance(24 * hourMs);
    const all = [waiting.id, posted.id, later.id];
    const countPosted = async (): Promise<number> => {
      await first.runner.sweep();
      const times = (await Promise.all(all.map(occurrencesOf))).flat();
      return times.filter(({ outcome }) => outcome === 'posted').length;
    };
    assert.equal(await countPosted(), 5);
    // It comes again after a pause.
    await eventually(async () => assert.equal(await countPosted(), 6));
  });

  it('takes what is not to be late at all while its minute lasts', async () => {
    const onTime = await newSession();
    const late = await newSession();
    const planned = await plan(onTime, hourMs, { lateByMinutes: 0 });
    const schedule = await repeat(onTime, { lateByMinutes: 0 });
    clock.advance(hourMs + 900);
    await Promise.all([first.due.sweep(), first.runner.sweep()]);
    assert.equal((await first.statuses.get(onTime, planned.id)).state, 'queued');
    assert.deepEqual(
      (await occurrencesOf(schedule.id)).map(({ outcome }) => outcome),
      ['posted'],
    );
    await plan(late, hourMs, { lateByMinutes: 0 });
    const { id } = await repeat(late, { lateByMinutes: 0, rule: 'FREQ=DAILY;COUNT=1' });
    clock.advance(hourMs + minuteMs);
    await Promise.all([first.due.sweep(), first.runner.sweep()]);
    assert.deepEqual(await statesOf(late), [{ state: 'failed', content: 'hello' }]);
    assert.deepEqual(
      (await occurrencesOf(id)).map(({ outcome }) => outcome),
      ['missed'],
    );
  });

  async function copy(table: 'statuses' | 'schedules', id: string, times: number): Promise<void> {
    const row: Record<string, unknown> = await db(table).where({ id }).first();
    const copies = Array.from({ length: times }, (_, index) => {
      // No ULID has a U, so that a copy never has the id of the original.
      const name = `${id.slice(0, -4)}U${String(index).padStart(3, '0')}`;
      return { ...row, id: name, ...(table === 'statuses' && { message_id: name }) };
    });
    await db.batchInsert(table, copies, 20);
  }

  async function newList(numbers: readonly string[]): Promise<string> {
    const id = `list${String(sessions)}`;
    const of = { organization_id: 'default' };
    await db('audiences').insert({ ...of, id, name: id, created_by: 'test', created_at: 0, updated_at: 0 });
    for (const phone of numbers) {
      await db('audience_members').insert({ ...of, audience_id: id, phone_number: phone, added_at: 0 });
    }
    return id;
  }
});
