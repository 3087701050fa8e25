import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { createAuthCipher } from '../../server/whatsapp/credentials/auth-cipher.js';
import { type SentMessage, SentMessagesStore } from '../../server/whatsapp/publishing/sent-messages-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/sample-rows.js';

const hourMs = 60 * 60_000;
const now = Date.UTC(2026, 6, 1);
const cipher = createAuthCipher(Buffer.alloc(32, 7));

/** A message in which no two facts are alike. */
const message = (of: string): SentMessage => ({
  about: `about ${of}`,
  payload: Buffer.from(`payload of ${of}`),
  body: Buffer.from(`body of ${of}`),
  distribution: Buffer.from(`distribution of ${of}`),
  keyId: 11,
  iteration: 7,
  setting: 'denylist',
});

describeOnEveryDatabase('what was posted', (open) => {
  let db: Database;
  let store: SentMessagesStore;
  beforeEach(async () => {
    db = await open();
    store = new SentMessagesStore(db, cipher);
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, { sessionId });
  });
  const kept = async (): Promise<unknown[]> => {
    const rows: { session_id: string; message_id: string }[] = await db('sent_messages')
      .select('session_id', 'message_id')
      .orderBy(['session_id', 'message_id']);
    return rows.map(({ session_id, message_id }) => `${session_id} ${message_id}`);
  };

  it('is found as it was saved, by its account and its id', async () => {
    await store.save('acc1', 'A', message('one'), now);
    await store.save('acc1', 'B', message('two'), now);
    await store.save('acc2', 'A', message('three'), now);
    assert.deepEqual(await store.find('acc1', 'A', now), message('one'));
    assert.deepEqual(await store.find('acc1', 'B', now), message('two'));
    assert.deepEqual(await store.find('acc2', 'A', now), message('three'));
    assert.equal(await store.find('acc2', 'B', now), undefined);
  });

  it('is replaced as a whole by what is saved under its id later, and kept anew from then on', async () => {
    await store.save('acc1', 'A', message('one'), now);
    const next = { ...message('two'), keyId: 12, iteration: 0, setting: 'allowlist' } as const;
    await store.save('acc1', 'A', next, now + 40 * hourMs);
    assert.deepEqual(await store.find('acc1', 'A', now + 87 * hourMs), next);
  });

  it('is kept for two days, for devices that were offline longer than it can be seen', async () => {
    await store.save('acc1', 'A', message('one'), now);
    assert.deepEqual(await store.find('acc1', 'A', now + 48 * hourMs - 1), message('one'));
    assert.equal(await store.find('acc1', 'A', now + 48 * hourMs), undefined);
  });

  it('is deleted after its time, of all accounts, so many at a time, and nothing else is', async () => {
    await store.save('acc1', 'OLD', message('one'), now);
    await store.save('acc2', 'OLD', message('two'), now);
    await store.save('acc1', 'NEWER', message('three'), now + 1);
    const deleted = [];
    for (let times = 0; times < 3; times += 1) deleted.push(await store.deleteOld(now + 48 * hourMs, 1));
    assert.deepEqual(deleted, [1, 1, 0]);
    assert.deepEqual(await kept(), ['acc1 NEWER']);
  });

  it('is forgotten alone, and when there is nothing that is no error', async () => {
    for (const id of ['A', 'B']) await store.save('acc1', id, message(id), now);
    await store.save('acc2', 'A', message('other'), now);
    await store.forget('acc1', 'A');
    await store.forget('acc1', 'A');
    assert.deepEqual(await kept(), ['acc1 B', 'acc2 A']);
  });

  it('cannot be read in the database, and opens neither elsewhere nor with another key', async () => {
    await store.save('acc1', 'A', message('one'), now);
    const { value } = await db<{ value: string }>('sent_messages')
      .first('value')
      .then((row) => row ?? assert.fail());
    for (const text of [value, Buffer.from(value, 'base64').toString()]) assert.doesNotMatch(text, /payload|about/);
    const moved = { value, expires_at: now + hourMs };
    await db('sent_messages').insert({ session_id: 'acc1', message_id: 'B', ...moved });
    await db('sent_messages').insert({ session_id: 'acc2', message_id: 'A', ...moved });
    await assert.rejects(store.find('acc1', 'B', now));
    await assert.rejects(store.find('acc2', 'A', now));
    await assert.rejects(new SentMessagesStore(db, createAuthCipher(Buffer.alloc(32, 8))).find('acc1', 'A', now));
  });
});
