import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { AppEvent } from '../../server/contract/events.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventStore } from '../../server/events/event-store.js';
import { systemClock } from '../../server/lib/clock.js';
import { DraftsService } from '../../server/scheduling/drafts-service.js';
import { DraftsStore } from '../../server/scheduling/drafts-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { quotasWith } from '../support/quotas.js';

describeOnEveryDatabase('kept drafts', (open) => {
  let db: Database;
  let drafts: DraftsService;
  let store: DraftsStore;
  let units: UnitOfWork;
  const files = {
    getRecord: () => Promise.resolve(),
    load: () => Promise.resolve(undefined),
    addUse: () => Promise.resolve(),
    dropUses: () => Promise.resolve(),
  };

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
    drafts = new DraftsService(store, files, units, systemClock, quotasWith({ draft: 3 }));
  });

  const recordOf = (index: number, updatedAt: number) => ({
    ...{ id: `D${String(index).padStart(3, '0')}`, organizationId: 'default', name: `No ${String(index)}` },
    ...{ body: { content: `Text_${String(index)}` }, createdBy: 'root', createdAt: 1, updatedAt },
  });

  it('come last changed first, also those of one moment, and are found whatever is looked for', async () => {
    await units.run(async (tx) => {
      for (const [index, updatedAt] of [5, 7, 7, 6].entries()) await store.insert(tx, recordOf(index, updatedAt));
    });
    const page = (terms: string[], after?: { createdAt: number; id: string }) =>
      store.list({ organizationId: 'default', terms }, { limit: 2, after });
    const first = await page([]);
    assert.deepEqual([first.records.map(({ id }) => id), first.total], [['D002', 'D001'], 4]);
    const second = await page([], { createdAt: 7, id: 'D001' });
    assert.deepEqual(
      second.records.map(({ id }) => id),
      ['D003', 'D000'],
    );
    assert.equal((await page(['t_3', 'no'])).records[0]?.id, 'D003');
    assert.equal((await page(['tx3'])).total, 0);
    assert.equal((await store.list({ organizationId: 'acme', terms: [] }, { limit: 2, after: undefined })).total, 0);
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
