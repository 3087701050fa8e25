import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Broadcast } from '../../server/contract/planning/broadcasts.js';
import { openDatabase, type Database } from '../../server/db/database.js';
import { AppError } from '../../server/lib/app-error.js';
import { createLogger, type Logger } from '../../server/lib/logger.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryEngine } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { insertOrganization } from '../support/sample-rows.js';
import { SetClock } from '../support/open-services.js';
import { openScheduling, textFor, type Scheduling } from './open-scheduling.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const number = '491700000001';
/** More than any runner looks at together. */
const many = 51;

describeOnEveryEngine('what is to be done for many', (newAddress) => {
  const clock = new SetClock(new Date('2026-03-02T08:00:00Z'));
  let db: Database;
  let scheduling: Scheduling;
  const logged: string[] = [];
  /** What looking up the audience of an account comes to. */
  const failing = new Map<string, () => Promise<void>>();

  before(async function () {
    this.timeout(60_000);
    db = await openDatabase(await newAddress());
    await insertOrganization(db, 'hostile');
    for (const sessionId of ['acc1', 'bad1', 'bad2']) await insertSession(db, sessionId);
    await db('sessions').where('session_id', 'like', 'bad%').update({ organization_id: 'hostile' });
    const silent = createLogger({ logLevel: 'silent' });
    const logger: Logger = Object.create(silent, {
      error: { value: (_facts: unknown, message: string) => logged.push(message) },
    }) as Logger;
    scheduling = openScheduling(db, clock, {
      logger,
      organizationOf: (sessionId) => (sessionId.startsWith('bad') ? 'hostile' : 'default'),
      beforeResolving: (sessionId) => failing.get(sessionId)?.() ?? Promise.resolve(),
    });
  });
  after(() => db.destroy());
  beforeEach(() => {
    failing.clear();
    logged.length = 0;
  });

  const busy = (): Promise<never> => Promise.reject(new AppError('unavailable', 'The address took too long.'));
  const broken = (): Promise<never> => Promise.reject(new TypeError('secret of the code'));
  const broadcast = (sessionId: string, more: object = {}): Promise<Broadcast> =>
    scheduling.broadcasts.create(rootPrincipal, { ...textFor([number]), sessionIds: [sessionId], ...more });
  const accountOf = async ({ id }: Broadcast) => {
    const [account] = (await scheduling.broadcasts.get(rootPrincipal, id)).accounts;
    assert.ok(account, 'the broadcast has no account');
    return account;
  };
  const plan = (sessionId: string, more: object = {}) => {
    const scheduledAt = new Date(clock.now().getTime() + minuteMs).toISOString();
    return scheduling.accepting.send(rootPrincipal, sessionId, { ...textFor([number]), scheduledAt, ...more });
  };
  const nobodyYet = { kind: 'segment', segment: { type: 'never_viewed', days: 1 }, storyPrivacy: 'ignore' };
  /** Its people are looked up when it is due. */
  const planForTagged = async (sessionId: string, chosen: object = nobodyYet) => {
    const { id } = await plan(sessionId);
    await db('statuses')
      .where({ id })
      .update({ chosen_audience: JSON.stringify(chosen) });
    return id;
  };
  const statusOf = (id: string) => db('statuses').where({ id }).first('state', 'error_code', 'error_message');

  it('never waits behind broadcasts that cannot succeed, which end with a reason', async () => {
    failing.set('bad1', broken);
    const bad: Broadcast[] = [];
    for (let index = 0; index < many; index += 1) bad.push(await broadcast('bad1'));
    const good = await broadcast('acc1');
    await scheduling.broadcastRunner.sweep();
    assert.equal((await accountOf(good)).state, 'accepted');
    const [first] = bad;
    assert.ok(first);
    for (let sweep = 0; sweep < 3; sweep += 1) await scheduling.broadcastRunner.sweep();
    const tries = (): Promise<number[]> =>
      db('broadcast_accounts').where({ session_id: 'bad1' }).distinct('tries').pluck('tries');
    assert.deepEqual(await tries(), [1], 'they wait before they are tried again');
    assert.equal(logged.length, many);
    for (let hour = 0; hour < 9; hour += 1) {
      clock.advance(hourMs);
      await scheduling.broadcastRunner.sweep();
    }
    const { state, error } = await accountOf(first);
    assert.deepEqual([state, error?.code], ['refused', 'internal_error']);
    assert.match(error?.message ?? '', /tried 10 times/);
    assert.doesNotMatch(error?.message ?? '', /secret/);
    assert.deepEqual(await db('broadcast_accounts').where({ state: 'pending' }), []);
    assert.equal(logged.length, many, 'each is told once');
  });

  it('is tried again when the server was busy, says so meanwhile, and ends when it is too late', async () => {
    failing.set('bad1', busy);
    failing.set('bad2', busy);
    const [passes, ends] = [await broadcast('bad1'), await broadcast('bad2', { lateByMinutes: 90 })];
    await scheduling.broadcastRunner.sweep();
    const waiting = await accountOf(passes);
    assert.deepEqual([waiting.state, waiting.error?.code], ['pending', 'unavailable']);
    failing.delete('bad1');
    clock.advance(hourMs);
    await scheduling.broadcastRunner.sweep();
    assert.deepEqual([(await accountOf(passes)).state, (await accountOf(passes)).error], ['accepted', null]);
    assert.equal((await accountOf(ends)).state, 'pending');
    clock.advance(hourMs);
    await scheduling.broadcastRunner.sweep();
    const { state, error } = await accountOf(ends);
    assert.deepEqual([state, error?.code], ['refused', 'unavailable']);
    assert.match(error?.message ?? '', /within 90 minutes of its time. The address took too long/);
    assert.deepEqual(logged, []);
  });

  it('does not wait for a time that a wrong clock set', async () => {
    failing.set('bad1', busy);
    const tried = await broadcast('bad1');
    clock.advance(20 * hourMs);
    await scheduling.broadcastRunner.sweep();
    clock.advance(-20 * hourMs);
    failing.clear();
    await scheduling.broadcastRunner.sweep();
    assert.equal((await accountOf(tried)).state, 'accepted');
  });

  it('is put into the queue when it is due, also behind what stumbles, and busy is no verdict on it', async () => {
    const stumbling = await planForTagged('bad1');
    const waiting = await planForTagged('bad2');
    const { id } = await plan('acc1');
    failing.set('bad1', broken);
    failing.set('bad2', busy);
    clock.advance(2 * minuteMs);
    await scheduling.due.sweep();
    await scheduling.due.sweep();
    assert.equal((await statusOf(id)).state, 'queued');
    assert.equal((await statusOf(waiting)).state, 'scheduled');
    assert.equal((await statusOf(stumbling)).state, 'scheduled');
    assert.equal(logged.length, 1);
    clock.advance(2 * hourMs);
    await eventually(async () => {
      await scheduling.due.sweep();
      assert.equal((await statusOf(waiting)).state, 'failed');
    });
    const { error_code: code, error_message: message } = await statusOf(waiting);
    assert.equal(code, 'missed');
    assert.match(String(message), /The address took too long/);
  });

  it('is put into the queue while WhatsApp leaves the accounts of others without an answer', async () => {
    let answer = (): void => undefined;
    const silence = new Promise<void>((resolve) => (answer = resolve));
    // Its organization comes first in the list.
    const waiting = [await planForTagged('acc1'), await planForTagged('acc1')];
    const { id } = await plan('bad1');
    failing.set('acc1', () => silence);
    clock.advance(2 * minuteMs);
    const sweeps = [scheduling.due.sweep()];
    await eventually(async () => {
      sweeps.push(scheduling.due.sweep());
      assert.equal((await statusOf(id)).state, 'queued');
    });
    for (const one of waiting) assert.equal((await statusOf(one)).state, 'scheduled');
    answer();
    await Promise.all(sweeps);
    await scheduling.due.sweep();
    for (const one of waiting) assert.equal((await statusOf(one)).state, 'failed', 'nobody is tagged');
  });

  it('of a schedule that can never succeed has failed with the reason, and the schedule goes on', async () => {
    const listId = '01J9ZX8K2QHV0M3T6R7P4N5W8K';
    const at = { created_at: 1, updated_at: 1 };
    await db('audiences').insert({ id: listId, organization_id: 'default', name: 'Regulars', created_by: 'x', ...at });
    await db('audience_members').insert({
      audience_id: listId,
      organization_id: 'default',
      phone_number: number,
      added_at: 1,
    });
    const startsAt = new Date(clock.now().getTime() + hourMs).toISOString().slice(0, 19);
    const { id, nextAt } = await scheduling.schedules.create(rootPrincipal, 'acc1', {
      startsAt,
      timeZone: 'UTC',
      rule: 'FREQ=DAILY',
      status: { type: 'text', content: 'hello', audience: { kind: 'list', listId, storyPrivacy: 'apply' } },
    });
    await db('audiences').where({ id: listId }).delete();
    clock.advance(hourMs + 1);
    await scheduling.runner.sweep();
    const past = await db('schedule_occurrences').where({ schedule_id: id }).select('outcome', 'message', 'status_id');
    assert.equal(past.length, 1);
    const [{ outcome, message, status_id: statusId }] = past;
    assert.deepEqual([outcome, statusId], ['failed', null]);
    assert.match(String(message), /list was not found/);
    const next: unknown = await db('schedules').where({ id }).first('next_at');
    assert.deepEqual(next, { next_at: Date.parse(nextAt ?? '') + 24 * hourMs });
    assert.deepEqual(logged, [], 'it is an answer, not trouble');
  });

  it('that was changed while its people were looked up is left as it was changed', async () => {
    const canceled = await planForTagged('acc1');
    const moved = await plan('acc1');
    const tomorrow = new Date(clock.now().getTime() + 24 * hourMs).toISOString();
    failing.set('acc1', async () => {
      failing.delete('acc1');
      await scheduling.changes.delete('acc1', canceled);
      await scheduling.changes.change(rootPrincipal, 'acc1', moved.id, { scheduledAt: tomorrow });
    });
    clock.advance(2 * minuteMs);
    await scheduling.due.sweep();
    assert.equal((await statusOf(canceled)).state, 'canceled');
    assert.equal((await statusOf(moved.id)).state, 'scheduled', 'it was on the list of those that are due');
    for (const chosen of [nobodyYet, { kind: 'numbers', numbers: ['491700000077'], storyPrivacy: 'ignore' }]) {
      const reworded = await planForTagged('acc1', chosen);
      clock.advance(2 * minuteMs);
      failing.set('acc1', async () => {
        failing.delete('acc1');
        clock.advance(1);
        await scheduling.changes.change(rootPrincipal, 'acc1', reworded, { targetNumbers: [number] });
      });
      await scheduling.due.sweep();
      assert.equal(
        (await statusOf(reworded)).state,
        'scheduled',
        'the people that were looked up are not meant any more',
      );
      await scheduling.due.sweep();
      assert.equal((await statusOf(reworded)).state, 'queued');
    }
  });

  it('of a schedule is missed with the reason when the server was busy for too long', async () => {
    failing.set('bad1', busy);
    const startsAt = new Date(clock.now().getTime() + hourMs).toISOString().slice(0, 19);
    const repeated = { startsAt, timeZone: 'UTC', rule: 'FREQ=DAILY' };
    const made = { status: textFor([number]), ...repeated };
    const { id } = await scheduling.schedules.create(rootPrincipal, 'bad1', made);
    const posted = await scheduling.schedules.create(rootPrincipal, 'acc1', made);
    clock.advance(hourMs + 1);
    await scheduling.runner.sweep();
    const outcomes = (scheduleId: string): Promise<{ outcome: string; message: string | null }[]> =>
      db('schedule_occurrences').where({ schedule_id: scheduleId }).select('outcome', 'message');
    assert.deepEqual(await outcomes(posted.id), [{ outcome: 'posted', message: null }]);
    assert.deepEqual(await outcomes(id), []);
    clock.advance(2 * hourMs);
    await scheduling.runner.sweep();
    const [missed] = await outcomes(id);
    assert.equal(missed?.outcome, 'missed');
    assert.match(missed.message ?? '', /within 60 minutes of this time. The address took too long/);
  });
});
