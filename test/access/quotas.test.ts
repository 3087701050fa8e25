import assert from 'node:assert/strict';
import path from 'node:path';
import { rootPrincipal } from '../../server/access/principal.js';
import { quotas, type Quota } from '../../server/access/quota-limits.js';
import { requireQuota } from '../../server/access/quotas.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { knexOf, UnitOfWork } from '../../server/db/unit-of-work.js';
import { insertSession } from '../people/insert-session.js';
import { openScheduling, textFor } from '../scheduling/open-scheduling.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { SetClock } from '../viewers/open-services.js';

type Row = Record<string, unknown>;

/** So many more rows like the first one, with ids of their own. */
async function more(db: Database, table: string, key: string, count: number): Promise<void> {
  const row = (await db<Row>(table).first()) as Row;
  const numbered = (index: number, column: string): Row =>
    column in row ? { [column]: `${String(row[column])}-${String(index)}` } : {};
  const rows = Array.from({ length: count }, (_, index) => ({
    ...row,
    ...numbered(index, key),
    ...numbered(index, 'name'),
    ...numbered(index, 'message_id'),
  }));
  await db.batchInsert(table, rows, 40);
}

describeOnEveryDatabase('limits of what an account may have', (open) => {
  let db: Database;
  let scheduling: ReturnType<typeof openScheduling>;
  const startsAt = '2026-03-03T08:00:00';
  const body = textFor(['491700000001']);
  const scheduledAt = '2026-03-03T08:00:00Z';

  beforeEach(async () => {
    db = await open();
    scheduling = openScheduling(db, new SetClock(new Date('2026-03-02T08:00:00Z')));
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, sessionId);
  });

  const cases: { quota: Quota; table: string; key: string; make: (sessionId: string) => Promise<unknown> }[] = [
    {
      ...{ quota: 'schedule', table: 'schedules', key: 'id' },
      make: (sessionId) =>
        scheduling.schedules.create(rootPrincipal, sessionId, {
          ...{ status: body, startsAt, timeZone: 'UTC', rule: 'FREQ=DAILY' },
        }),
    },
    {
      ...{ quota: 'pendingStatus', table: 'statuses', key: 'id' },
      make: (sessionId) => scheduling.statuses.send(rootPrincipal, sessionId, { ...body, scheduledAt }),
    },
  ];
  for (const { quota, table, key, make } of cases) {
    const { max, what } = quotas[quota];
    it(`let ${String(max)} ${what} be, also when several are made at once`, async () => {
      await make('acc1');
      await more(db, table, key, max - 2);
      const made = await Promise.allSettled([make('acc1'), make('acc1'), make('acc1')]);
      const refusals = made.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
      assert.equal(refusals.length, 2);
      for (const refusal of refusals) assert.match(refusal.message, new RegExp(`${max.toLocaleString('en')} ${what}`));
      await make('acc2');
    });
  }

  it('count only what is still to come of broadcasts', async () => {
    const make = () => scheduling.broadcasts.create(rootPrincipal, { ...body, sessionIds: ['acc1'] });
    await make();
    await more(db, 'broadcasts', 'id', quotas.pendingBroadcast.max);
    const account = (await db('broadcast_accounts').first()) as Row;
    await make();
    const others = await db<{ id: string }>('broadcasts').whereLike('id', '%-%').pluck('id');
    await db.batchInsert(
      'broadcast_accounts',
      others.slice(0, quotas.pendingBroadcast.max - 2).map((broadcast_id) => ({ ...account, broadcast_id })),
      40,
    );
    await assert.rejects(make(), { code: 'conflict' });
    await scheduling.broadcastRunner.sweep();
    await make();
  });

  it('hold whoever adds to the same place until it is added', async () => {
    await db('organizations').insert({ id: 'other', name: 'other', created_at: 1 });
    const units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    const list = (organization_id: string, id: string): Row => ({
      ...{ id, organization_id, name: id, created_by: 'x', created_at: 1, updated_at: 1 },
    });
    await db('audiences').insert(list('default', 'first'));
    await more(db, 'audiences', 'id', quotas.list.max - 2);
    const add = (organizationId: string, id: string): Promise<void> =>
      units.run(async (tx) => {
        await requireQuota(tx, 'list', { organizationId });
        await knexOf(tx)('audiences').insert(list(organizationId, id));
      });
    const added = await Promise.allSettled(['a', 'b', 'c', 'd'].map((id) => add('default', id)));
    assert.equal(added.filter(({ status }) => status === 'fulfilled').length, 1);
    await add('other', 'e');
  });
});

describe('limits of what an organization may have', () => {
  let server: TestServer;
  let db: Database;

  before(async () => {
    server = await startTestServer();
    db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
  });
  after(async () => {
    await db.destroy();
    await server.stop();
  });

  const cases: { quota: Quota; route: string; table: string; key: string; body: (index: number) => object }[] = [
    {
      ...{ quota: 'session', route: '/api/sessions', table: 'sessions', key: 'session_id' },
      body: (index) => ({
        ...{ sessionId: `made${String(index)}`, sessionName: 'S', authMethod: 'qrcode', start: false },
      }),
    },
    {
      ...{ quota: 'list', route: '/api/audiences', table: 'audiences', key: 'id' },
      body: (index) => ({ name: `List ${String(index)}` }),
    },
    {
      ...{ quota: 'template', route: '/api/templates', table: 'templates', key: 'id' },
      body: (index) => ({ name: `Template ${String(index)}`, status: { type: 'text', content: 'x' } }),
    },
  ];
  for (const { quota, route, table, key, body } of cases) {
    const { max, what } = quotas[quota];
    it(`let ${String(max)} ${what} be, and say so in words beyond that`, async () => {
      await server.request.post(route).send(body(1)).expect(201);
      await more(db, table, key, max - 2);
      await server.request.post(route).send(body(2)).expect(201);
      const answer = await server.request.post(route).send(body(3)).expect(409);
      assert.deepEqual([answer.body.code, answer.body.success], ['conflict', false]);
      assert.match(answer.body.error, new RegExp(`at most ${max.toLocaleString('en')} ${what}\\. \\S`));
    });
  }
});
