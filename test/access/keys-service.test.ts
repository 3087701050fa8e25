import assert from 'node:assert/strict';
import { ApiKeysStore } from '../../server/access/api-keys-store.js';
import { KeysService } from '../../server/access/keys-service.js';
import { OrganizationsStore } from '../../server/access/organizations-store.js';
import { rootPrincipal, type Principal } from '../../server/access/principal.js';
import { SessionDirectoryReportStore } from '../../server/access/session-directory-report-store.js';
import { capabilities } from '../../server/contract/access.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { quotasWith } from '../support/quotas.js';
import { SetClock } from '../support/open-services.js';
import { keyRecord } from './key-record.js';

const desk: Principal = {
  id: 'key:desk',
  kind: 'admin',
  organizationId: 'default',
  sessionId: null,
  name: 'Desk',
  keyId: 'desk',
  capabilities: new Set(capabilities),
  expiresAt: null,
  signIn: null,
};

describeOnEveryDatabase('making and ending keys', (open) => {
  let db: Database;
  let units: UnitOfWork;
  let store: ApiKeysStore;
  let clock: SetClock;
  let keys: KeysService;
  let told: string[];

  beforeEach(async () => {
    db = await open();
    units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    store = new ApiKeysStore(db);
    clock = new SetClock(new Date('2026-03-01T10:00:00Z'));
    told = [];
    keys = new KeysService({
      keys: store,
      organizations: new OrganizationsStore(db),
      directory: new SessionDirectoryReportStore(db),
      quotas: quotasWith(),
      unitOfWork: units,
      clock,
      onChanged: (keyId) => told.push(`changed ${keyId}`),
      onRevoked: (keyId) => told.push(`revoked ${keyId}`),
    });
  });

  const body = { name: 'Key', capabilities: [...capabilities], rateLimitMax: null };

  it('keeps the answer together with the key, or makes no key', async () => {
    await assert.rejects(
      keys.create(desk, body, () => Promise.reject(new Error('not kept'))),
      /not kept/,
    );
    assert.deepEqual(await db('api_keys').select(), []);
    const kept: unknown[] = [];
    const made = await keys.create(desk, body, async (tx, answer) => {
      assert.ok(await store.find(answer.id, tx), 'in the same transaction');
      kept.push(answer);
      return answer;
    });
    assert.deepEqual(kept, [made]);
  });

  it('tells who holds connections open when a key ends, or its end or limit is another', async () => {
    const { id } = await keys.create(desk, body);
    await keys.update(desk, id, { name: 'Renamed' });
    assert.deepEqual(told, []);
    await keys.update(desk, id, { expiresAt: new Date(clock.now().getTime() + 1_000).toISOString() });
    await keys.update(rootPrincipal, id, { rateLimitMax: 5 });
    await keys.revoke(desk, id);
    await assert.rejects(keys.revoke(desk, 'none'), { code: 'not_found' });
    assert.deepEqual(told, [`changed ${id}`, `changed ${id}`, `revoked ${id}`]);
  });

  it('leaves the request limit of a key to root, also to take it away', async () => {
    const { id } = await keys.create(rootPrincipal, { ...body, rateLimitMax: 5 });
    for (const rateLimitMax of [null, 6]) {
      await assert.rejects(keys.update(desk, id, { rateLimitMax }), { code: 'forbidden' });
    }
    assert.equal((await keys.get(desk, id)).rateLimitMax, 5);
    assert.equal((await keys.update(rootPrincipal, id, { rateLimitMax: null })).rateLimitMax, null);
  });

  it('forgets the oldest of more than a thousand keys that ended', async () => {
    const ended = Array.from({ length: 1_002 }, (_, index) => ({
      id: `E${String(index).padStart(4, '0')}`,
      hash: String(index),
      revoked_at: index + 1,
      organization_id: 'default',
      kind: 'admin',
      name: 'Key',
      prefix: 'wamk_',
      capabilities: 'read',
      created_by: 'root',
      created_at: 1,
    }));
    await db.batchInsert('api_keys', ended, 50);
    const { record } = keyRecord();
    await units.run((tx) => store.insert(tx, record));
    const { id } = await keys.create(desk, body);
    const left: string[] = await db('api_keys').orderBy('created_at').orderBy('id').pluck('id');
    assert.equal(left.length, 1_002);
    assert.deepEqual([left[0], left.at(-1)], ['E0002', id]);
    assert.ok(left.includes(record.id));
  });
});
