import assert from 'node:assert/strict';
import type { ApiKey } from '../../server/access/api-key.js';
import { ApiKeysStore, type KeyFilter } from '../../server/access/api-keys-store.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertOrganization, insertSession } from '../support/sample-rows.js';
import { keyRecord } from './key-record.js';

const now = new Date(50_000);
const at = (ms: number): Date => new Date(ms);

describeOnEveryDatabase('stored keys', (open) => {
  let db: Database;
  let units: UnitOfWork;
  let store: ApiKeysStore;

  beforeEach(async () => {
    db = await open();
    units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    store = new ApiKeysStore(db);
    await insertOrganization(db, 'acme');
    await insertSession(db, { sessionId: 'acc1' });
    await insertSession(db, { sessionId: 'far', organizationId: 'acme' });
  });

  async function insert(id: string, changes: Partial<ApiKey> = {}): Promise<ApiKey> {
    const { record } = keyRecord({ id, ...changes });
    await units.run((tx) => store.insert(tx, record));
    return record;
  }
  const idsOf = async (filter: KeyFilter): Promise<string[]> => {
    const { keys, total } = await store.list(filter, { limit: 20, after: undefined }, now);
    assert.equal(total, keys.length);
    return keys.map(({ id }) => id);
  };

  it('come back as they were', async () => {
    const full = await insert('FULL', {
      organizationId: 'acme',
      sessionId: 'far',
      kind: 'session',
      name: 'Full',
      capabilities: ['read', 'manage'],
      rateLimitMax: 5,
      createdBy: 'Ann',
      createdAt: at(1),
      expiresAt: at(2),
      revokedAt: at(3),
      lastUsedAt: at(4),
    });
    const bare = await insert('BARE');
    for (const key of [full, bare]) {
      assert.deepEqual(await store.find(key.id), key);
      assert.deepEqual(await store.findByHash(key.hash), key);
    }
  });

  it('are listed by organization, account, kind and state, newest first', async () => {
    await insert('A1', { createdAt: at(1) });
    await insert('A2', { createdAt: at(2), expiresAt: at(50_001) });
    await insert('A3', { createdAt: at(3), expiresAt: now });
    await insert('A4', { createdAt: at(4), revokedAt: at(2), expiresAt: at(2) });
    await insert('S5', { createdAt: at(5), kind: 'session', sessionId: 'acc1' });
    await insert('F6', { createdAt: at(6), organizationId: 'acme' });
    await insert('F7', { createdAt: at(7), organizationId: 'acme', kind: 'session', sessionId: 'far' });
    await insert('F8', { createdAt: at(7), organizationId: 'acme', revokedAt: at(9) });
    const cases: [KeyFilter, string[]][] = [
      [{}, ['F8', 'F7', 'F6', 'S5', 'A4', 'A3', 'A2', 'A1']],
      [{ organizationId: 'default' }, ['S5', 'A4', 'A3', 'A2', 'A1']],
      [{ organizationId: 'acme', state: 'active' }, ['F7', 'F6']],
      [{ organizationId: 'default', state: 'active' }, ['S5', 'A2', 'A1']],
      [{ state: 'expired' }, ['A3']],
      [{ state: 'revoked' }, ['F8', 'A4']],
      [{ sessionId: 'far' }, ['F7']],
      [{ organizationId: 'default', sessionId: 'far' }, []],
      [{ kind: 'session' }, ['F7', 'S5']],
    ];
    for (const [filter, ids] of cases) assert.deepEqual(await idsOf(filter), ids, JSON.stringify(filter));
  });

  it('are counted and paged within the same choice, also where several were made in one moment', async () => {
    for (const id of ['A', 'B', 'C', 'D']) await insert(id, { createdAt: at(7) });
    await insert('OTHER', { createdAt: at(7), organizationId: 'acme' });
    const page = (after: { at: number; id: string } | undefined) =>
      store.list({ organizationId: 'default' }, { limit: 2, after }, now);
    const [first, second] = [await page(undefined), await page({ at: 7, id: 'C' })];
    assert.deepEqual(
      [first, second].map(({ keys, total }) => [keys.map(({ id }) => id), total]),
      [
        [['D', 'C'], 4],
        [['B', 'A'], 4],
      ],
    );
  });

  it('change only in what is named, and only the one that is meant', async () => {
    const [key, other] = [await insert('KEY', { expiresAt: at(9), rateLimitMax: 3 }), await insert('OTHER')];
    const changed = async (changes: Parameters<ApiKeysStore['update']>[2]): Promise<ApiKey | undefined> => {
      await units.run((tx) => store.update(tx, 'KEY', changes));
      return store.find('KEY');
    };
    assert.deepEqual(await changed({}), key);
    assert.deepEqual(await changed({ name: 'New' }), { ...key, name: 'New' });
    assert.deepEqual(await changed({ expiresAt: null }), { ...key, name: 'New', expiresAt: null });
    assert.deepEqual(await changed({ rateLimitMax: null, expiresAt: at(8) }), {
      ...key,
      name: 'New',
      rateLimitMax: null,
      expiresAt: at(8),
    });
    await units.run((tx) => store.revoke(tx, 'KEY', at(5)));
    await units.run((tx) => store.recordUse(tx, 'KEY', at(6)));
    assert.deepEqual(await store.find('OTHER'), other);
  });

  it('of an organization that ended are forgotten beyond the latest', async () => {
    await insert('REVOKED-1', { revokedAt: at(10) });
    await insert('EXPIRED-2', { expiresAt: at(20) });
    await insert('REVOKED-3', { revokedAt: at(30), expiresAt: at(5) });
    await insert('EXPIRED-4', { expiresAt: now });
    await insert('LASTING');
    await insert('ENDING', { expiresAt: at(50_001) });
    await insert('FOREIGN', { organizationId: 'acme', revokedAt: at(1) });
    await units.run((tx) => store.deleteEndedBeyond(tx, 'default', 2, now));
    const left = await db('api_keys').orderBy('id').pluck('id');
    assert.deepEqual(left, ['ENDING', 'EXPIRED-4', 'FOREIGN', 'LASTING', 'REVOKED-3']);
  });
});
