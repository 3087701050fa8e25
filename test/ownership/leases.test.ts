import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import type { Tx } from '../../server/db/unit-of-work.js';
import { systemClock } from '../../server/lib/clock.js';
import { createLogger } from '../../server/lib/logger.js';
import { Ownership } from '../../server/sessions/ownership.js';
import { OwnershipStore } from '../../server/sessions/ownership-store.js';
import { postingOf } from '../posting/open-posting.js';
import { TestLeaveOuts } from '../statuses/leave-outs.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { insertSession } from '../support/sample-rows.js';
import { insertSentStatus, openServices } from '../support/open-services.js';

describeOnEveryDatabase('the lease of a session', (open) => {
  const opened: Ownership[] = [];
  let db: Database;
  const newOwnership = (leaseMs: number): Ownership => {
    const logger = createLogger({ logLevel: 'silent' });
    const ownership = new Ownership(new OwnershipStore(db), { node: 'a', leaseMs, logger });
    opened.push(ownership);
    return ownership;
  };
  beforeEach(async () => {
    db = await open();
    await insertSession(db, { sessionId: 'acc1' });
    await db('sessions').update({ desired_state: 'started' });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((ownership) => ownership.stop()));
  });

  it('counts as the database has it, not as its holder remembers it', async () => {
    const ours = newOwnership(60_000);
    assert.deepEqual(await ours.claimFree(), ['acc1']);
    assert.equal(await ours.isStillOurs(db, 'acc1'), true);
    await db('session_leases').update({ holder: 'another' });
    assert.equal(ours.owns('acc1'), true, 'it has not heard of it');
    assert.equal(await ours.isStillOurs(db, 'acc1'), false);
  });

  it('that was made while the clock was ahead names nobody as its holder, and is taken over', async () => {
    await newOwnership(60_000).claimFree();
    const another = { holder: 'another', machine: 'another' };
    await db('session_leases').update({ ...another, expires_at: Date.now() + 6 * 60 * 60_000 });
    await newOwnership(60_000).refuseElsewhere('acc1');
    await db('session_leases').update({ ...another, expires_at: Date.now() + 50_000 });
    await assert.rejects(newOwnership(60_000).refuseElsewhere('acc1'), { code: 'conflict' });
    await db('session_leases').update({ ...another, expires_at: Date.now() + 6 * 60 * 60_000 });
    assert.deepEqual(await newOwnership(60_000).claimFree(), ['acc1']);
  });

  it('that another has by now lets nothing be taken from the queue', async () => {
    const ours = newOwnership(60_000);
    await ours.claimFree();
    const services = openServices(db, systemClock);
    const isOurs = (tx: Tx, sessionId: string): Promise<boolean> => ours.isStillOurs(tx, sessionId);
    const posting = postingOf(services, new TestLeaveOuts(), isOurs);
    await insertSentStatus(services, 'S1', { state: 'queued', attempts: 0, sentAt: null, expiresAt: null });
    const before: unknown = await db('statuses').first();
    services.events.length = 0;
    const mine: unknown = await db('session_leases').first('holder', 'token');
    await db('session_leases').update({ holder: 'another', token: db.raw('token + 1') });
    assert.equal(await posting.claimNext('acc1'), undefined);
    assert.deepEqual(await db('statuses').first(), before);
    assert.deepEqual(services.events, []);
    await db('session_leases').update(mine as object);
    assert.equal((await posting.claimNext('acc1'))?.status.id, 'S1');
  });

  it('has another token with every claim, and the old one is refused', async () => {
    const ours = newOwnership(60_000);
    await ours.claimFree();
    const [before] = await db('session_leases').pluck('token');
    await db('session_leases').update({ expires_at: 0 });
    await new OwnershipStore(db).claimStarted({ id: 'another', node: 'b', machine: 'm', pid: 1 }, 60_000);
    const [after] = await db('session_leases').pluck('token');
    assert.ok(after > before, `${String(after)} after ${String(before)}`);
    // Even where the holder has the same name again.
    const [holder] = await db('session_leases').pluck('holder');
    assert.equal(holder, 'another');
    assert.equal(await ours.isStillOurs(db, 'acc1'), false);
  });

  it('that another has is told as lost when it is to be prolonged', async () => {
    const ours = newOwnership(400);
    const lost: string[] = [];
    ours.onLost((sessionId) => lost.push(sessionId));
    ours.start();
    await ours.claimFree();
    await db('session_leases').update({ holder: 'another', expires_at: Number.MAX_SAFE_INTEGER });
    await eventually(() => assert.deepEqual(lost, ['acc1'], 'not yet'), { timeoutMs: 10_000 });
    assert.equal(ours.owns('acc1'), false);
  });
});
