import assert from 'node:assert/strict';
import type { Session } from '../../server/contract/sessions.js';
import type { CreateBroadcastBody } from '../../server/contract/planning/broadcasts.js';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { AppError, notFound } from '../../server/lib/app-error.js';
import { systemClock } from '../../server/lib/clock.js';
import { createLogger } from '../../server/lib/logger.js';
import { FileUses, type SeenFiles } from '../../server/media/file-uses.js';
import { UploadsStore } from '../../server/media/uploads-store.js';
import { BroadcastRunner } from '../../server/broadcasts/broadcast-runner.js';
import { BroadcastsService } from '../../server/broadcasts/broadcasts-service.js';
import { BroadcastsStore } from '../../server/broadcasts/broadcasts-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertOrganization } from '../support/sample-rows.js';
import { quotasWith } from '../support/quotas.js';

const principal = { ...rootPrincipal, organizationId: 'default' };
const filename = '1769594400-0123456789abcdef.jpg';

describeOnEveryDatabase('the file of a broadcast', (openDatabase) => {
  let db: Database;
  let uploads: UploadsStore;
  let broadcasts: BroadcastsService;
  let runner: BroadcastRunner;
  /** What posting on an account ends with, until then it waits. */
  let refused: Set<string>;
  let accountCount: number;

  beforeEach(async () => {
    db = await openDatabase();
    const units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    uploads = new UploadsStore(db);
    refused = new Set();
    accountCount = 3;
    await insertOrganization(db, 'globex');
    const facts = { kind: 'image', search_text: '', tags: '', mime_type: 'image/jpeg', bytes: 1, is_animation: 0 };
    for (const [name, organization_id] of [
      [filename, 'default'],
      ['1769594401-0123456789abcdef.jpg', 'globex'],
    ]) {
      await db('uploads').insert({ ...facts, filename: name, name, organization_id, created_by: 'x', created_at: 1 });
    }
    const logger = createLogger({ logLevel: 'silent' });
    const files: SeenFiles = {
      async getRecord(of, name) {
        const record = await uploads.find(name);
        if (!record || (of.organizationId !== null && record.organizationId !== of.organizationId))
          throw notFound('The file');
      },
    };
    const fileUses = new FileUses(uploads, files, systemClock);
    broadcasts = new BroadcastsService({
      quotas: quotasWith(),
      store: new BroadcastsStore(db),
      fileUses,
      sessions: {
        get: (_principal, sessionId) => Promise.resolve(session(sessionId)),
        list(_principal, { limit, cursor }) {
          const from = Number(cursor ?? 0);
          const to = Math.min(from + limit, accountCount);
          const items = Array.from({ length: to - from }, (_, index) => session(`acc${String(from + index)}`));
          return Promise.resolve({ items, total: accountCount, nextCursor: to < accountCount ? String(to) : null });
        },
      },
      accepting: { requireVariables: () => Promise.resolve(), requireTrackable: () => undefined },
      changes: { delete: () => Promise.reject(notFound('The status')) },
      unitOfWork: units,
      bus: new EventBus(logger),
      clock: systemClock,
    });
    runner = new BroadcastRunner({
      store: new BroadcastsStore(db),
      fileUses,
      accepting: {
        // Posting itself is not what is looked at here.
        async send(_principal, sessionId, _body, options) {
          if (refused.has(sessionId)) throw new AppError('not_connected', 'It is not linked.');
          const status = { id: `status of ${sessionId}` } as never;
          await units.run(async (tx) => options?.withinCommit?.(tx, status, [status]));
          return {} as never;
        },
      },
      unitOfWork: units,
      clock: systemClock,
      logger,
    });
  });

  const create = (body: Partial<CreateBroadcastBody> = {}) =>
    broadcasts.create(principal, { type: 'image', content: filename, ...body });
  const usedBy = async () => (await uploads.listUses(filename, 10)).map(({ kind, usedBy: id }) => [kind, id]);

  it('is needed from the moment it is accepted, until every account has a status of its own or none', async () => {
    refused.add('acc2');
    const { id } = await create({ sessionIds: ['acc1', 'acc2'] });
    assert.deepEqual(await usedBy(), [['broadcast', id]]);
    await runner.sweep();
    assert.deepEqual((await broadcasts.get(principal, id)).states, { accepted: 1, refused: 1 });
    assert.deepEqual(await usedBy(), []);
  });

  it('stays needed while one account is left', async () => {
    const { id } = await create({ sessionIds: ['acc1', 'acc2'] });
    const store = new BroadcastsStore(db);
    const units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    const end = { state: 'accepted' } as const;
    const settled = await units.run((tx) => store.settle(tx, id, 'acc1', end));
    assert.deepEqual(settled, { isSettled: true, isLast: false });
    await runner.sweep();
    assert.deepEqual(await usedBy(), []);
    assert.deepEqual(await units.run((tx) => store.settle(tx, id, 'acc1', end)), { isSettled: false, isLast: false });
  });

  it('is needed no more when the broadcast is canceled', async () => {
    const { id } = await create({ sessionIds: ['acc1'] });
    const { states, canceledAt } = await broadcasts.cancel(principal, id);
    assert.ok(canceledAt);
    assert.deepEqual(Object.keys(states), ['canceled']);
    assert.deepEqual(await usedBy(), []);
  });

  it('must be one that the organization sees', async () => {
    for (const content of ['1769594401-0123456789abcdef.jpg', '1769594402-0123456789abcdef.jpg']) {
      await assert.rejects(create({ content, sessionIds: ['acc1'] }), { code: 'not_found' });
      await assert.rejects(broadcasts.create(rootPrincipal, { type: 'image', content, sessionIds: ['acc1'] }), {
        code: 'not_found',
      });
    }
    assert.equal((await broadcasts.list(principal, { limit: 10 })).total, 0);
  });

  it('goes to all accounts of the organization, also where they are many, and to none where they are too many', async () => {
    accountCount = 1_000;
    assert.equal((await create({ all: true })).accountCount, 1_000);
    accountCount = 1_001;
    await assert.rejects(create({ all: true }), (error: AppError) => {
      assert.equal(error.code, 'validation_error');
      assert.match(error.message, /There are 1,001 accounts, and one broadcast may have 1,000\. Name them/);
      return true;
    });
    assert.equal((await broadcasts.list(principal, { limit: 10 })).total, 1);
  });
});

function session(sessionId: string): Session {
  return { sessionId, organizationId: 'default' } as Session;
}
