import assert from 'node:assert/strict';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { PendingReceiptsStore } from '../../server/viewers/pending-receipts-store.js';
import { insertSession } from '../people/insert-session.js';
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
});
