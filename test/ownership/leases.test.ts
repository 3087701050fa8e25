import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { createLogger } from '../../server/lib/logger.js';
import { Ownership } from '../../server/sessions/ownership.js';
import { OwnershipStore } from '../../server/sessions/ownership-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { insertSession } from '../support/sample-rows.js';

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
    assert.deepEqual(await ours.takeFree(), ['acc1']);
    assert.equal(await ours.isStillOurs(db, 'acc1'), true);
    await db('session_leases').update({ holder: 'another' });
    assert.equal(ours.owns('acc1'), true, 'it has not heard of it');
    assert.equal(await ours.isStillOurs(db, 'acc1'), false);
  });

  it('has another token with every claim, and the old one is refused', async () => {
    const ours = newOwnership(60_000);
    await ours.takeFree();
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
    await ours.takeFree();
    await db('session_leases').update({ holder: 'another', expires_at: Number.MAX_SAFE_INTEGER });
    await eventually(() => assert.deepEqual(lost, ['acc1'], 'not yet'), { timeoutMs: 10_000 });
    assert.equal(ours.owns('acc1'), false);
  });
});
