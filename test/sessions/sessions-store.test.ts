import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import type { SessionRecord } from '../../server/sessions/session.js';
import { SessionsStore } from '../../server/sessions/sessions-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertOrganization } from '../support/sample-rows.js';

function record(sessionId: string, changes: Partial<SessionRecord> = {}): SessionRecord {
  const at = new Date(1_770_000_000_000);
  return {
    sessionId,
    organizationId: 'default',
    name: 'Shop',
    authMethod: 'pairing',
    phoneNumber: '4915123456789',
    state: 'starting',
    desiredState: 'started',
    pushName: null,
    jid: null,
    lid: null,
    deviceId: null,
    platform: null,
    webhook: null,
    autoRead: false,
    presenceTyping: false,
    ratePerMin: null,
    ratePerHour: null,
    metadata: { till: [1, 'two'] },
    lastError: null,
    nextRetryAt: null,
    createdBy: 'root',
    createdAt: at,
    updatedAt: at,
    lastConnectedAt: null,
    lastActivityAt: null,
    node: null,
    ...changes,
  };
}

describeOnEveryDatabase('stored sessions', (open) => {
  let db: Database;
  let store: SessionsStore;
  let units: UnitOfWork;
  beforeEach(async () => {
    db = await open();
    store = new SessionsStore(db);
    units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
  });

  it('come back as they were written, and a taken id changes nothing', async () => {
    const full = record('a', {
      lastError: { code: 440, message: 'Taken over.', remedy: null, at: '2026-01-01T00:00:00.000Z' },
      nextRetryAt: new Date(1_770_000_005_000),
      deviceId: 7,
      jid: '4915123456789@s.whatsapp.net',
    });
    assert.equal(await units.run((tx) => store.insert(tx, full)), true);
    assert.deepEqual(await store.find('a'), full);
    assert.equal(await units.run((tx) => store.insert(tx, record('a', { name: 'Other' }))), false);
    assert.equal((await store.find('a'))?.name, 'Shop');
    assert.equal(await store.find('b'), undefined);
  });

  it('change only in what is given, also back to nothing', async () => {
    await units.run((tx) => store.insert(tx, record('a', { nextRetryAt: new Date(5), pushName: 'Anna' })));
    const updated = await units.run((tx) => store.update(tx, 'a', { nextRetryAt: null, state: 'connected' }));
    assert.deepEqual(updated, record('a', { pushName: 'Anna', state: 'connected' }));
    assert.equal(await units.run((tx) => store.update(tx, 'gone', { state: 'failed' })), undefined);
  });

  it('are listed oldest first within what may be seen, equal times included', async () => {
    await insertOrganization(db, 'other');
    await units.run(async (tx) => {
      for (const id of ['c', 'a', 'b']) await store.insert(tx, record(id));
      await store.insert(tx, record('z', { createdAt: new Date(1) }));
      await store.insert(tx, record('x', { organizationId: 'other', desiredState: 'stopped' }));
    });
    const all = { organizationId: 'default', sessionId: null };
    const first = await store.list(all, { limit: 2, after: undefined });
    assert.deepEqual(
      first.sessions.map((one) => one.record.sessionId),
      ['z', 'a'],
    );
    assert.equal(first.total, 4);
    const after = { createdAt: record('a').createdAt.getTime(), sessionId: 'a' };
    const rest = await store.list(all, { limit: 9, after });
    assert.deepEqual(
      rest.sessions.map((one) => one.record.sessionId),
      ['b', 'c'],
    );
    assert.equal((await store.list({ organizationId: null, sessionId: 'x' }, { limit: 9, after: undefined })).total, 1);
    assert.deepEqual((await store.listStarted()).map((one) => one.sessionId).sort(), ['a', 'b', 'c', 'z']);
    assert.equal((await store.findCounted('a'))?.statusCount, 0);
  });

  it('are deleted once', async () => {
    await units.run((tx) => store.insert(tx, record('a')));
    assert.equal(await units.run((tx) => store.delete(tx, 'a')), true);
    assert.equal(await units.run((tx) => store.delete(tx, 'a')), false);
  });
});
