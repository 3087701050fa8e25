import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { AppEvent } from '../../server/contract/events.js';
import type { QuotaLimits } from '../../server/config/quota-settings.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventStore } from '../../server/events/event-store.js';
import { notFound } from '../../server/lib/app-error.js';
import { systemClock } from '../../server/lib/clock.js';
import { DraftsService } from '../../server/drafts/drafts-service.js';
import { DraftsStore } from '../../server/drafts/drafts-store.js';
import { FileUses } from '../../server/media/file-uses.js';
import { UploadsStore } from '../../server/media/uploads-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { quotasWith } from '../support/quotas.js';
import { insertOrganization } from '../support/sample-rows.js';

describeOnEveryDatabase('kept drafts', (open) => {
  let db: Database;
  let drafts: DraftsService;
  let store: DraftsStore;
  let units: UnitOfWork;
  const files = { load: () => Promise.resolve(undefined) };

  beforeEach(async () => {
    db = await open();
    const events = new EventStore(db);
    let written = 0;
    const append = (tx: Parameters<EventStore['append']>[0], told: readonly AppEvent[]) =>
      events.append(
        tx,
        told.map((event) => ({ ...event, id: String((written += 1)) })),
        { createdAt: new Date(), origin: 'here' },
      );
    units = new UnitOfWork(db, { append, publish: () => undefined });
    store = new DraftsStore(db);
    drafts = draftsWith(new FileUses(new UploadsStore(db), { getRecord: () => Promise.resolve() }, systemClock), {
      draft: 3,
    });
  });

  const draftsWith = (fileUses: FileUses, limits: Partial<QuotaLimits> = {}) =>
    new DraftsService({ store, files, fileUses, unitOfWork: units, clock: systemClock, quotas: quotasWith(limits) });
  const recordOf = (index: number, updatedAt: number) => ({
    id: `D${String(index).padStart(3, '0')}`,
    organizationId: 'default',
    name: `No ${String(index)}`,
    body: { content: `Text_${String(index)}` },
    createdBy: 'root',
    createdAt: 1,
    updatedAt,
  });

  it('come last changed first, also those of one moment, and are found whatever is looked for', async () => {
    await units.run(async (tx) => {
      for (const [index, updatedAt] of [5, 7, 7, 6].entries()) await store.insert(tx, recordOf(index, updatedAt));
    });
    const page = (terms: string[], after?: { at: number; id: string }) =>
      store.list({ organizationId: 'default', terms }, { limit: 2, after });
    const first = await page([]);
    assert.deepEqual([first.records.map(({ id }) => id), first.total], [['D002', 'D001'], 4]);
    const second = await page([], { at: 7, id: 'D001' });
    assert.deepEqual(
      second.records.map(({ id }) => id),
      ['D003', 'D000'],
    );
    assert.equal((await page(['t_3', 'no'])).records[0]?.id, 'D003');
    assert.equal((await page(['tx3'])).total, 0);
    assert.equal((await store.list({ organizationId: 'acme', terms: [] }, { limit: 2, after: undefined })).total, 0);
  });

  it('are of one organization: read, changed, deleted, and with files that whoever writes them may see', async () => {
    await insertOrganization(db, 'acme');
    const [own, other] = ['default', 'acme'].map((organizationId) => ({ ...rootPrincipal, organizationId }));
    assert.ok(own && other);
    const [mine, hidden] = ['1769594400-0123456789abcdef.jpg', '1769594401-0123456789abcdef.jpg'];
    const used: string[] = [];
    const seen = {
      getRecord: (_principal: unknown, name: string) =>
        name === mine ? Promise.resolve() : Promise.reject(notFound('The file')),
    };
    const usesStore = {
      addUse: (_tx: unknown, name: string) => Promise.resolve(used.push(name) > 0),
      dropUses: () => Promise.resolve(void used.splice(0)),
    };
    const service = draftsWith(new FileUses(usesStore, seen, systemClock));
    const showing = (content: string) => ({ type: 'image', content }) as const;
    const draft = await service.create(own, { name: 'Mine', status: showing(mine) });
    await service.create(other, { status: { content: 'theirs' } });
    const notThere = { code: 'not_found' };
    await assert.rejects(service.create(own, { status: showing(hidden) }), notThere);
    await assert.rejects(service.change(own, draft.id, { status: showing(hidden) }), notThere);
    await assert.rejects(
      service.change(own, draft.id, { status: { items: [showing(mine), showing(hidden)] } }),
      notThere,
    );
    await assert.rejects(service.get(other, draft.id), notThere);
    await assert.rejects(service.change(other, draft.id, { name: 'Theirs' }), notThere);
    await assert.rejects(service.delete(other, draft.id), notThere);
    assert.deepEqual((await service.list(own, { limit: 9 })).items, [draft]);
    assert.equal((await service.list(rootPrincipal, { limit: 9 })).total, 2);
    assert.deepEqual(used, [mine]);
    await service.change(own, draft.id, { name: 'Renamed' });
    assert.deepEqual(used, [mine], 'what is left out stays');
    await service.change(own, draft.id, { status: {} });
    assert.deepEqual(used, []);
    await service.change(own, draft.id, { status: showing(mine) });
    await service.delete(own, draft.id);
    assert.deepEqual(used, []);
  });

  it('are at most so many, also when two come at once', async () => {
    await units.run(async (tx) => {
      for (let index = 0; index < 2; index += 1) await store.insert(tx, recordOf(index, index));
    });
    const create = () => drafts.create(rootPrincipal, { status: {} });
    const ends = await Promise.allSettled([create(), create(), create()]);
    assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await drafts.list(rootPrincipal, { limit: 1 })).total, 3);
    const told = await new EventStore(db).listOfOthers(0, 'elsewhere', 10);
    assert.deepEqual(
      told.map(({ event }) => [event?.name, event?.sessionId]),
      [['drafts-updated', null]],
    );
  });
});
