import assert from 'node:assert/strict';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { PendingReceiptsStore } from '../../server/viewers/pending-receipts-store.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';

describeOnEveryDatabase('receipts for messages that are not known', (open) => {
  it('are kept up to a number per account, the newest of them', async () => {
    const db = await open();
    await insertSession(db, 'acc1');
    await insertSession(db, 'acc2');
    const units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    const store = new PendingReceiptsStore();
    const add = (sessionId: string, messageIds: readonly string[], now: number): Promise<void> =>
      units.run((tx) =>
        store.add(
          tx,
          { organizationId: 'default', sessionId },
          messageIds.map((messageId) => {
            const person = { phoneNumber: '491700000001', lid: null };
            return { messageId, person, kind: 'read', at: new Date(1_000) };
          }),
          { now, maxPerSession: 3 },
        ),
      );
    await add('acc2', ['OTHER'], 1);
    await add('acc1', ['A', 'B'], 10);
    await add('acc1', ['C'], 20);
    await add('acc1', ['D', 'E'], 30);
    const kept = async (sessionId: string): Promise<string[]> =>
      db('pending_receipts').where({ session_id: sessionId }).orderBy('message_id').pluck('message_id');
    assert.deepEqual(await kept('acc1'), ['C', 'D', 'E']);
    assert.deepEqual(await kept('acc2'), ['OTHER']);
  });

  it('are handed out to their own account, and forgotten when they are old', async () => {
    const db = await open();
    const units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    const store = new PendingReceiptsStore();
    const person = { phoneNumber: '491700000001', lid: null };
    for (const [sessionId, now] of [
      ['acc1', 10],
      ['acc2', 20],
    ] as const) {
      await insertSession(db, sessionId);
      const receipt = { messageId: 'SAME', person, kind: 'read' as const, at: new Date(now) };
      const scope = { organizationId: 'default', sessionId };
      await units.run((tx) => store.add(tx, scope, [receipt], { now, maxPerSession: 3 }));
    }
    const kept = (): Promise<string[]> => db('pending_receipts').orderBy('session_id').pluck('session_id');
    assert.equal(await units.run((tx) => store.deleteBefore(tx, 10, 100)), 0);
    assert.deepEqual(await kept(), ['acc1', 'acc2']);
    const taken = await units.run((tx) => store.take(tx, 'acc1', ['SAME']));
    assert.deepEqual(taken, [{ messageId: 'SAME', person, kind: 'read', at: new Date(10) }]);
    assert.deepEqual(await kept(), ['acc2']);
    const receipt = { messageId: 'NEW', person, kind: 'read' as const, at: new Date(30) };
    const scope = { organizationId: 'default', sessionId: 'acc1' };
    await units.run((tx) => store.add(tx, scope, [receipt], { now: 30, maxPerSession: 3 }));
    assert.equal(await units.run((tx) => store.deleteBefore(tx, 30, 100)), 1);
    assert.deepEqual(await kept(), ['acc1']);
  });

  it('that are told again keep the earliest time, within one batch and over several', async () => {
    const db = await open();
    await insertSession(db, 'acc1');
    const units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    const store = new PendingReceiptsStore();
    const scope = { organizationId: 'default', sessionId: 'acc1' };
    const person = { phoneNumber: null, lid: '100' };
    const add = (...times: number[]): Promise<void> => {
      const receipts = times.map((at) => ({ messageId: 'A', person, kind: 'read' as const, at: new Date(at) }));
      return units.run((tx) => store.add(tx, scope, receipts, { now: 1, maxPerSession: 3 }));
    };
    const kept = (): Promise<number[]> => db('pending_receipts').pluck('at');
    await add(50, 30, 40);
    assert.deepEqual(await kept(), [30]);
    await add(60);
    assert.deepEqual(await kept(), [30]);
    await add(20, 25);
    assert.deepEqual(await kept(), [20]);
  });
});
