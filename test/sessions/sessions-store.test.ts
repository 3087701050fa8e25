import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { systemClock } from '../../server/lib/clock.js';
import type { SessionRecord } from '../../server/sessions/session.js';
import { SessionsStore } from '../../server/sessions/sessions-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSentStatus, openServices } from '../support/open-services.js';
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
    const after = { at: record('a').createdAt.getTime(), id: 'a' };
    const rest = await store.list(all, { limit: 9, after });
    assert.deepEqual(
      rest.sessions.map((one) => one.record.sessionId),
      ['b', 'c'],
    );
    assert.equal((await store.list({ organizationId: null, sessionId: 'x' }, { limit: 9, after: undefined })).total, 1);
    assert.deepEqual((await store.listStarted()).map((one) => one.sessionId).sort(), ['a', 'b', 'c', 'z']);
    assert.equal((await store.findCounted('a'))?.statusCount, 0);
  });

  it('come back with all they have: settings, webhook, account', async () => {
    const full = record('a', {
      webhook: { url: 'https://a.example', events: ['status-sent'], sealedSecret: 'sealed' },
      autoRead: true,
      presenceTyping: false,
      ratePerMin: 3,
      ratePerHour: 40,
      node: 'here',
      pushName: 'Anna',
      jid: '49@s.whatsapp.net',
      lid: '7@lid',
      platform: 'android',
      lastConnectedAt: new Date(7),
      lastActivityAt: new Date(8),
      updatedAt: new Date(9),
    });
    await units.run((tx) => store.insert(tx, full));
    assert.deepEqual(await store.find('a'), full);
    const typing = await units.run((tx) => store.update(tx, 'a', { autoRead: false, presenceTyping: true }));
    assert.deepEqual([typing?.autoRead, typing?.presenceTyping], [false, true]);
  });

  it('are told of to nobody who may not see them, and each with the count of its own posts', async () => {
    await insertOrganization(db, 'other');
    await units.run(async (tx) => {
      await store.insert(tx, record('a', { state: 'connected', createdAt: new Date(1) }));
      await store.insert(tx, record('b', { state: 'failed' }));
      await store.insert(tx, record('x', { organizationId: 'other', state: 'stopped' }));
    });
    await insertSentStatus(openServices(db, systemClock), 'S1', { sessionId: 'a' });
    const ids = async (organizationId: string | null, sessionId: string | null, limit = 9): Promise<string[]> =>
      (await store.listForHealth({ organizationId, sessionId }, limit)).map((one) => one.sessionId);
    assert.deepEqual(await ids('default', null), ['b', 'a'], 'what does not work comes first');
    assert.deepEqual(await ids('default', null, 1), ['b']);
    assert.deepEqual(await ids('default', 'a'), ['a']);
    assert.deepEqual(await ids('other', null), ['x']);
    assert.equal((await ids(null, null)).length, 3);
    const page = await store.list({ organizationId: null, sessionId: null }, { limit: 9, after: undefined });
    assert.deepEqual(
      page.sessions.map((one) => [one.record.sessionId, one.statusCount]),
      [
        ['a', 1],
        ['b', 0],
        ['x', 0],
      ],
    );
  });

  it('are marked as they are after a restart, however many there are, and no others', async () => {
    const many = Array.from({ length: 501 }, (_, index) => `s${String(index)}`);
    await db.batchInsert(
      'sessions',
      many.map((session_id) => ({
        session_id,
        organization_id: 'default',
        name: 'S',
        auth_method: 'qrcode',
        state: 'connected',
        desired_state: 'started',
        created_by: 'root',
        created_at: 1,
        updated_at: 1,
      })),
      50,
    );
    await units.run((tx) => store.markState(tx, many.slice(0, 500), 'connecting'));
    assert.deepEqual(await db('sessions').where({ state: 'connected' }).pluck('session_id'), ['s500']);
    await units.run((tx) => store.markState(tx, many, 'starting'));
    assert.equal((await db('sessions').where({ state: 'starting' })).length, 501);
  });

  it('are deleted once', async () => {
    await units.run((tx) => store.insert(tx, record('a')));
    assert.equal(await units.run((tx) => store.delete(tx, 'a')), true);
    assert.equal(await units.run((tx) => store.delete(tx, 'a')), false);
  });
});
