import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { createLogger } from '../../server/lib/logger.js';
import { type Lease, OwnershipStore } from '../../server/sessions/ownership-store.js';
import { Ownership } from '../../server/sessions/ownership.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { insertSession } from '../support/sample-rows.js';

const minute = 60_000;
const me = { id: 'me', node: 'a', machine: 'm', pid: 1 };
const another = { id: 'another', node: 'b', machine: 'm', pid: 2 };

/** Does not answer before `held` resolves. */
class SlowStore extends OwnershipStore {
  held: Promise<void> | undefined;
  asked = 0;

  override claimStarted(...asked: Parameters<OwnershipStore['claimStarted']>): Promise<Lease[]> {
    return this.late(super.claimStarted(...asked));
  }

  override renew(...asked: Parameters<OwnershipStore['renew']>): Promise<string[]> {
    return this.late(super.renew(...asked));
  }

  private async late<T>(work: Promise<T>): Promise<T> {
    const { held } = this;
    const answer = await work;
    this.asked += 1;
    await held;
    return answer;
  }
}

describeOnEveryDatabase('a lease that changes hands', (open, engine) => {
  const { now } = performance;
  const opened: Ownership[] = [];
  const answers: (() => void)[] = [];
  let aheadMs: number;
  let db: Database;
  let store: SlowStore;
  const process = (leaseMs = minute): Ownership & { lost: string[] } => {
    const logger = createLogger({ logLevel: 'silent' });
    const ownership = Object.assign(new Ownership(store, { node: 'a', leaseMs, logger }), { lost: [] as string[] });
    ownership.onLost((sessionId) => ownership.lost.push(sessionId));
    opened.push(ownership);
    return ownership;
  };
  const leaseOf = (sessionId: string): Promise<unknown> =>
    db('session_leases').where({ session_id: sessionId }).first('holder', 'token');
  const goesToAnother = (): Promise<unknown> =>
    db('session_leases').update({ holder: 'another', token: db.raw('token + 1') });
  const stopTheClock = (): void => {
    const standsAt = now.call(performance);
    performance.now = () => standsAt + aheadMs;
  };
  /** Until the answer is called, the store gives none to what it is asked from here on. */
  const hold = (): (() => void) => {
    let release: () => void = () => undefined;
    store.held = new Promise((resolve) => (release = resolve));
    answers.push(release);
    return release;
  };

  beforeEach(async () => {
    db = await open();
    store = new SlowStore(db);
    for (const sessionId of ['runs', 'rests']) await insertSession(db, { sessionId });
    await db('sessions').where({ session_id: 'runs' }).update({ desired_state: 'started' });
    aheadMs = 0;
    performance.now = () => now.call(performance) + aheadMs;
  });
  afterEach(async () => {
    performance.now = now;
    for (const answer of answers.splice(0)) answer();
    await Promise.all(opened.splice(0).map((ownership) => ownership.stop()));
  });

  it('is not given back by the one that had it: not when it ends, not when it has used the session', async () => {
    const a = process();
    await a.claimFree();
    await a.use('rests', async () => {
      await goesToAnother();
      await db('sessions').update({ node: 'b' });
    });
    assert.equal(a.owns('rests'), false, 'it was not its own any more');
    assert.deepEqual(a.lost, ['rests'], 'what belongs to it has to end');
    opened.length = 0;
    await a.stop();
    assert.deepEqual(await leaseOf('rests'), { holder: 'another', token: 2 });
    assert.deepEqual(await leaseOf('runs'), { holder: 'another', token: 2 });
    assert.deepEqual(await db('sessions').pluck('node'), ['b', 'b']);
  });

  it('is claimed by who has it, and by another only when it is over', async () => {
    const claim = (who: typeof me): Promise<Lease | undefined> => store.claimOne(undefined, who, minute, 'rests');
    assert.deepEqual(await claim(me), { sessionId: 'rests', token: 1 });
    assert.deepEqual(await claim(me), { sessionId: 'rests', token: 2 });
    assert.equal(await claim(another), undefined);
    await store.release('another', ['rests']);
    assert.equal(await claim(another), undefined);
    await store.release('me', ['rests']);
    assert.deepEqual(await claim(another), { sessionId: 'rests', token: 3 });
    assert.equal(await store.claimOne(undefined, me, minute, 'gone'), undefined);
    await store.claimOne(undefined, me, minute, 'runs');
    await db('sessions').update({ node: 'somebody' });
    await store.release('me', ['runs', 'rests']);
    assert.deepEqual(await db('sessions').where({ node: null }).pluck('session_id'), ['runs']);
  });

  it('stays as it is when its holder uses it, and when it takes what else is free', async () => {
    const a = process();
    await a.claimFree();
    await insertSession(db, { sessionId: 'more' });
    await db('sessions').update({ desired_state: 'started' });
    await store.claimOne(undefined, another, minute, 'rests');
    assert.equal(await store.hasFreeStarted(minute), true);
    assert.deepEqual(await a.claimFree(), ['more']);
    await a.use('runs', () => Promise.resolve());
    assert.deepEqual([a.lost, await leaseOf('runs')], [[], await leaseOf('more')]);
    assert.equal(await store.hasFreeStarted(minute), false);
    await store.release('another', ['rests']);
    await db('sessions').where({ session_id: 'rests' }).update({ desired_state: 'stopped' });
    assert.equal(await store.hasFreeStarted(minute), false, 'what rests is not looked for');
  });

  it('cannot be taken while a transaction relies on it', async function () {
    // SQLite lets one at a time write, whatever it writes.
    if (engine === 'sqlite') return;
    const a = process();
    await a.claimFree();
    await db.transaction(async (trx) => {
      assert.equal(await a.isStillOurs(trx, 'runs'), true);
      const take = db('session_leases').where({ session_id: 'runs' }).forUpdate().noWait();
      await assert.rejects(Promise.resolve(take), /too much to do/);
    });
  });

  it('is trusted until shortly before another could claim it, counted from when it was asked for', async () => {
    const a = process();
    await a.claimFree();
    aheadMs = minute - 3_500;
    assert.equal(a.owns('runs'), true);
    aheadMs = minute - 2_999;
    assert.equal(a.owns('runs'), false);

    const slow = process();
    await db('session_leases').update({ expires_at: 0 });
    const answer = hold();
    const taking = slow.claimFree();
    const before = store.asked;
    await eventually(() => assert.ok(store.asked > before));
    aheadMs += minute;
    answer();
    assert.deepEqual(await taking, ['runs']);
    assert.equal(slow.owns('runs'), false, 'the answer was under way for longer than the lease');
  });

  it('is prolonged from when that was asked for, however late the answer', async () => {
    stopTheClock();
    const a = process(200);
    await a.claimFree();
    aheadMs = 10;
    const answer = hold();
    const before = store.asked;
    a.start();
    await eventually(() => assert.ok(store.asked > before));
    aheadMs = 100;
    hold();
    answer();
    await eventually(() => assert.ok(store.asked > before + 1));
    aheadMs = 199;
    assert.equal(a.owns('runs'), false);
  });

  it('that is claimed while others are prolonged is not among those that are lost', async () => {
    stopTheClock();
    const a = process(200);
    await a.claimFree();
    const answer = hold();
    const before = store.asked;
    a.start();
    await eventually(() => assert.ok(store.asked > before));
    await a.use('rests', async () => {
      store.held = undefined;
      answer();
      const { asked } = store;
      await eventually(() => assert.ok(store.asked > asked));
      assert.deepEqual(a.lost, []);
    });
  });
});
