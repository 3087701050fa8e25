import assert from 'node:assert/strict';
import { SignInsStore } from '../../server/access/sign-ins-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';

describeOnEveryDatabase('sign-ins that are cleaned up', (open) => {
  it('are those that have ended or were not used for long, and no other', async () => {
    const db = await open();
    const store = new SignInsStore(db);
    const nowMs = 1_000_000;
    const ends = { LIVING: [1, 1], ENDED: [0, 1], IDLE: [1, 0] } as const;
    for (const [id, [expires, idle]] of Object.entries(ends)) {
      await db('sign_ins').insert({
        id,
        hash: id,
        owner: 'key',
        key_id: null,
        organization_id: null,
        person: null,
        created_at: 1,
        idle_ms: 1,
        expires_at: nowMs + expires,
        idle_until: nowMs + idle,
      });
    }
    await store.deleteEnded(new Date(nowMs));
    assert.deepEqual(await db('sign_ins').pluck('id'), ['LIVING']);
  });
});
