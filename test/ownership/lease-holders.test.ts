import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { createLogger } from '../../server/lib/logger.js';
import { Ownership } from '../../server/sessions/ownership.js';
import { OwnershipStore } from '../../server/sessions/ownership-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { insertSession } from '../support/sample-rows.js';

interface Lease {
  holder: string | null;
  token: number;
  expires_at: number;
}

describeOnEveryDatabase('the holders of sessions', (open) => {
  const minute = 60_000;
  const opened: Ownership[] = [];
  let db: Database;
  const process = (node: string, leaseMs = minute): Ownership => {
    const logger = createLogger({ logLevel: 'silent' });
    const ownership = new Ownership(new OwnershipStore(db), { node, leaseMs, logger });
    opened.push(ownership);
    return ownership;
  };
  const end = async (ownership: Ownership): Promise<void> => {
    opened.splice(opened.indexOf(ownership), 1);
    await ownership.stop();
  };
  const leaseOf = async (sessionId: string): Promise<Lease | undefined> => {
    const row: unknown = await db('session_leases').where({ session_id: sessionId }).first();
    return row as Lease | undefined;
  };
  const wants = (sessionId: string, desired_state: 'started' | 'stopped') =>
    db('sessions').where({ session_id: sessionId }).update({ desired_state });
  const held = { code: 'conflict', message: /runs on another process, "a"/ };
  beforeEach(async () => {
    db = await open();
    for (const sessionId of ['runs', 'rests']) await insertSession(db, { sessionId });
    await wants('runs', 'started');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((ownership) => ownership.stop()));
  });

  it('take what should run and nobody has, for the time of a lease; a living process keeps its own', async () => {
    const [a, b] = [process('a'), process('b')];
    const before = Date.now();
    assert.deepEqual(await a.claimFree(), ['runs']);
    const lasts = ((await leaseOf('runs'))?.expires_at ?? 0) - before;
    assert.ok(lasts > minute - 5_000 && lasts < minute + 30_000, String(lasts));
    assert.deepEqual(await b.claimFree(), []);
    assert.deepEqual([a.owns('runs'), b.owns('runs'), a.owns('rests')], [true, false, false]);
    await assert.rejects(b.refuseElsewhere('runs'), held);
    await assert.rejects(
      b.use('runs', () => Promise.resolve(assert.fail('it is not ours'))),
      held,
    );
    await a.refuseElsewhere('runs');
    await b.refuseElsewhere('rests');
  });

  it('take over at once from a process of this machine that has ended, and from no other that may live', async () => {
    const [a, b] = [process('a'), process('b')];
    await a.claimFree();
    // Nobody has this number; whether somebody has it on another machine cannot be seen from here.
    await db('session_leases').update({ holder: 'gone', pid: 2 ** 30, machine: 'elsewhere' });
    assert.deepEqual(await b.claimFree(), []);
    await b.use('rests', () => Promise.resolve());
    const machine: unknown = await db('session_leases').where({ session_id: 'runs' }).first('machine');
    assert.deepEqual(machine, { machine: 'elsewhere' });
    await b.use('rests', async () => {
      const [machine] = await db('session_leases').where({ session_id: 'rests' }).pluck('machine');
      await db('session_leases').where({ session_id: 'runs' }).update({ machine });
      assert.deepEqual(await b.claimFree(), ['runs']);
      assert.ok(((await leaseOf('rests'))?.expires_at ?? 0) > 0, 'the lease of a living one goes on');
    });
  });

  it('give everything back when they end: nobody is named, and another has it at once', async () => {
    const [a, b, c] = [process('a'), process('b'), process('c')];
    await a.claimFree();
    await db('sessions').update({ node: 'a' });
    await c.use('rests', async () => {
      await end(a);
      assert.equal(a.owns('runs'), false);
      assert.notEqual((await leaseOf('rests'))?.holder, null, 'what others have stays theirs');
    });
    assert.equal((await leaseOf('runs'))?.holder, null);
    assert.deepEqual(await db('sessions').orderBy('session_id').pluck('node'), ['a', null]);
    await b.refuseElsewhere('runs');
    assert.deepEqual(await b.claimFree(), ['runs']);
  });

  it('have a session that rests for as long as somebody is at it', async () => {
    const [a, b] = [process('a'), process('b')];
    let finish: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (finish = resolve));
    const long = a.use('rests', async () => {
      assert.equal(a.owns('rests'), true);
      await until;
    });
    await a.use('rests', () => Promise.resolve());
    await a.releaseUnused('rests');
    assert.equal(a.owns('rests'), true, 'the other is still at it');
    await assert.rejects(b.refuseElsewhere('rests'), held);
    finish();
    await long;
    assert.equal(a.owns('rests'), false);
    await b.use('rests', () => Promise.resolve());
    await assert.rejects(
      a.use('rests', () => Promise.reject(new Error('it failed'))),
      /it failed/,
    );
    assert.equal((await leaseOf('rests'))?.holder, null);
  });

  it('keep what should run after it was used, until nobody wants it any more; what is gone is not found', async () => {
    const [a, b] = [process('a'), process('b')];
    await a.use('runs', () => Promise.resolve());
    await a.releaseUnused('runs');
    assert.equal(a.owns('runs'), true);
    await b.releaseUnused('runs');
    await wants('runs', 'stopped');
    await b.releaseUnused('runs');
    assert.notEqual((await leaseOf('runs'))?.holder, null, 'not theirs to give back');
    await a.releaseUnused('runs');
    assert.deepEqual([a.owns('runs'), (await leaseOf('runs'))?.holder], [false, null]);
    await assert.rejects(
      a.use('never', () => Promise.resolve()),
      { code: 'not_found' },
    );
  });

  it('have what they make from the moment it is stored, and not when it was not', async () => {
    const a = process('a');
    const units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    await units.run(async (tx) => {
      await a.claimNew(tx, 'rests');
      assert.equal(a.owns('rests'), false);
    });
    assert.equal(a.owns('rests'), true);
    const failed = units.run(async (tx) => {
      await a.claimNew(tx, 'runs');
      throw new Error('it failed');
    });
    await assert.rejects(failed, /it failed/);
    assert.equal(a.owns('runs'), false);
  });

  it('are refused with a token of before, and with the token under another name', async () => {
    const a = process('a');
    await a.claimFree();
    assert.equal(await a.isStillOurs(db, 'runs'), true);
    await db('session_leases').update({ token: db.raw('token + 1') });
    assert.equal(await a.isStillOurs(db, 'runs'), false);
    await db('session_leases').update({ token: db.raw('token - 1'), holder: 'another' });
    assert.equal(await a.isStillOurs(db, 'runs'), false);
    assert.equal(await a.isStillOurs(db, 'rests'), false);
  });

  it('hold a lease that is prolonged, and only their own', async () => {
    const a = process('a', 2_000);
    const lost: string[] = [];
    a.onLost((sessionId) => lost.push(sessionId));
    a.start();
    await a.claimFree();
    const others = { organization_id: 'default', holder: 'another', node: 'b', machine: 'm', pid: 1, token: 1 };
    await db('session_leases').insert({ ...others, session_id: 'rests', expires_at: 5 });
    const first = (await leaseOf('runs'))?.expires_at ?? 0;
    await eventually(async () => assert.ok(((await leaseOf('runs'))?.expires_at ?? 0) > first));
    assert.deepEqual([a.owns('runs'), lost], [true, []]);
    assert.equal((await leaseOf('rests'))?.expires_at, 5);
  });

  it('lose what they cannot prolong before another can have it, and are told of it once', async () => {
    const a = process('a', 500);
    const lost: string[] = [];
    a.onLost((sessionId) => lost.push(sessionId));
    await a.claimFree();
    await eventually(() => assert.equal(a.owns('runs'), false));
    assert.deepEqual(lost, [], 'nobody looks');
    a.start();
    await eventually(() => assert.deepEqual(lost, ['runs']));
  });

  it('that claim anew what had run out end what belongs to the old lease first', async () => {
    const a = process('a', 200);
    const lost: string[] = [];
    a.onLost((sessionId) => lost.push(sessionId));
    await a.claimFree();
    await eventually(() => assert.equal(a.owns('runs'), false));
    await a.use('runs', () => {
      assert.deepEqual(lost, ['runs']);
      return Promise.resolve();
    });
    assert.equal((await leaseOf('runs'))?.token, 2);
  });
});
