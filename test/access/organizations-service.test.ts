import assert from 'node:assert/strict';
import { ApiKeysStore } from '../../server/access/api-keys-store.js';
import { OrganizationsService } from '../../server/access/organizations-service.js';
import { OrganizationsStore } from '../../server/access/organizations-store.js';
import type { Organization } from '../../server/contract/access.js';
import type { Database } from '../../server/db/database.js';
import { knexOf, UnitOfWork } from '../../server/db/unit-of-work.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { quotasWith } from '../support/quotas.js';
import { insertOrganization, insertSession } from '../support/sample-rows.js';
import { SetClock } from '../support/open-services.js';
import { keyRecord } from './key-record.js';

describeOnEveryDatabase('organizations', (open) => {
  let db: Database;
  let units: UnitOfWork;
  let organizations: OrganizationsService;
  let deleted: string[];
  const now = new Date('2026-03-01T10:00:00Z');

  beforeEach(async () => {
    db = await open();
    units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    deleted = [];
    organizations = new OrganizationsService({
      organizations: new OrganizationsStore(db),
      keys: new ApiKeysStore(db),
      quotas: quotasWith(),
      unitOfWork: units,
      clock: new SetClock(now),
      onDeleted: (id) => deleted.push(id),
    });
  });

  it('are made together with what is kept of the answer, or not at all', async () => {
    const failing = organizations.create({ id: 'acme', name: 'Acme' }, () => Promise.reject(new Error('not kept')));
    await assert.rejects(failing, /not kept/);
    assert.equal(await organizations.exists('acme'), false);
    const kept: Organization[] = [];
    const made = await organizations.create({ id: 'acme', name: 'Acme' }, async (tx, answer) => {
      assert.ok(await knexOf(tx)('organizations').where({ id: 'acme' }).first('id'), 'in the same transaction');
      kept.push(answer);
      return answer;
    });
    assert.deepEqual(kept, [made]);
    assert.deepEqual(await organizations.get('acme'), made);
    assert.equal(made.createdAt, now.toISOString());
    await organizations.createIfMissing('globex');
    const { name, createdAt } = await organizations.get('globex');
    assert.deepEqual([name, createdAt], ['globex', now.toISOString()]);
  });

  it('count their own accounts, and those of their keys that were not revoked', async () => {
    for (const id of ['acme', 'globex']) await insertOrganization(db, id);
    for (const sessionId of ['a', 'b']) await insertSession(db, { sessionId, organizationId: 'acme' });
    await insertSession(db, { sessionId: 'c', organizationId: 'globex' });
    const keys = new ApiKeysStore(db);
    await units.run(async (tx) => {
      await keys.insert(tx, keyRecord({ organizationId: 'acme' }).record);
      await keys.insert(tx, keyRecord({ organizationId: 'acme', revokedAt: now }).record);
      await keys.insert(tx, keyRecord({ organizationId: 'globex' }).record);
    });
    const { items, total } = await organizations.list({ limit: 10 });
    assert.equal(total, 3);
    assert.deepEqual(
      new Map(items.map(({ id, sessionCount, keyCount }) => [id, [sessionCount, keyCount]])),
      new Map([
        ['acme', [2, 1]],
        ['globex', [1, 1]],
        ['default', [0, 0]],
      ]),
    );
  });

  it('are listed oldest first, each once, also those that were made in the same moment', async () => {
    await db('organizations').where({ id: 'default' }).update({ created_at: 1 });
    const rows = ['d', 'a', 'c', 'b'].map((id) => ({ id, name: id, created_at: 2 }));
    await db('organizations').insert([{ id: 'z', name: 'z', created_at: 1 }, ...rows]);
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const { items, nextCursor } = await organizations.list({ limit: 2, ...(cursor !== undefined && { cursor }) });
      pages.push(items.map(({ id }) => id));
      cursor = nextCursor ?? undefined;
    } while (cursor !== undefined && pages.length < 9);
    assert.deepEqual(pages, [
      ['default', 'z'],
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('tell who is to end what is open for them when they are deleted, and not when they are not', async () => {
    for (const id of ['acme', 'globex']) await insertOrganization(db, id);
    await insertSession(db, { sessionId: 'a', organizationId: 'globex' });
    const keys = new ApiKeysStore(db);
    const [own, other] = [keyRecord({ organizationId: 'acme' }).record, keyRecord().record];
    await units.run(async (tx) => {
      for (const key of [own, other]) await keys.insert(tx, key);
    });
    await organizations.delete('acme');
    for (const id of ['acme', 'globex', 'default']) await assert.rejects(organizations.delete(id));
    assert.deepEqual(deleted, ['acme']);
    assert.deepEqual(await db('api_keys').pluck('id'), [other.id]);
  });
});
