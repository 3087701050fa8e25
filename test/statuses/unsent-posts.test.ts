import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Database } from '../../server/db/database.js';
import { insertRows } from '../../server/db/dialect.js';
import { newId } from '../../server/lib/ids.js';
import { insertSession } from '../support/insert-session.js';
import { openScheduling, textFor, type Scheduling } from '../scheduling/open-scheduling.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertOrganization } from '../support/sample-rows.js';
import { SetClock } from '../support/open-services.js';

const now = Date.parse('2026-03-02T08:00:00Z');
const scheduledAt = '2026-03-03T08:00:00Z';
const numbers = ['4917000001001', '4917000001002'];

describeOnEveryDatabase('posts of which nothing ever left', (open) => {
  let db: Database;
  let services: Scheduling;

  beforeEach(async () => {
    db = await open();
    services = openScheduling(db, new SetClock(new Date(now)));
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, sessionId);
  });

  const send = (sessionId = 'acc1') =>
    services.accepting.send(rootPrincipal, sessionId, { ...textFor(numbers), scheduledAt });
  const canceled = async (sessionId?: string): Promise<string> => {
    const { id } = await send(sessionId);
    await services.changes.delete(sessionId ?? 'acc1', id);
    return id;
  };
  /** So many more like this one, changed later than it. */
  async function more(id: string, count: number): Promise<void> {
    const row = (await db('statuses').where({ id }).first()) as Record<string, string | number | null>;
    const rows = Array.from({ length: count }, (_, index) => {
      const own = newId();
      return { ...row, id: own, message_id: own, updated_at: now + 1 + index };
    });
    await insertRows(db, { table: 'statuses', columns: Object.keys(row), rows });
  }
  const isThere = async (id: string): Promise<boolean> =>
    (await db('statuses').where({ id }).first('id')) !== undefined;
  const count = async (table: string, where: object): Promise<number> =>
    Number((await db(table).where(where).count<{ n: number | string }[]>({ n: '*' }))[0]?.n);

  it('are forgotten as others come, but the last thousand, with their recipients and what they need', async () => {
    const [oldest, other] = [await canceled(), await canceled('acc2')];
    const file = {
      filename: 'a.jpg',
      organization_id: 'default',
      kind: 'image',
      name: 'a',
      search_text: 'a',
      tags: '',
    };
    const facts = { is_animation: 0, mime_type: 'image/jpeg', bytes: 1, created_by: 'test', created_at: 1 };
    await db('uploads').insert({ ...file, ...facts });
    for (const used_by of [oldest, other]) {
      const use = { filename: 'a.jpg', kind: 'status', used_by, organization_id: 'default', created_at: 1 };
      await db('upload_uses').insert(use);
    }
    await more(oldest, 999);
    await send();
    assert.equal(await isThere(oldest), true);
    await more(oldest, 1);
    await send();
    assert.deepEqual([await isThere(oldest), await count('statuses', { state: 'canceled' })], [false, 1_001]);
    assert.equal(await count('status_recipients', { status_id: oldest }), 0);
    assert.deepEqual(await db('upload_uses').pluck('used_by'), [other]);
    // More go than come.
    const [latest = ''] = await db('statuses').where({ session_id: 'acc1', state: 'canceled' }).pluck<string[]>('id');
    await more(latest, 50);
    await send();
    assert.equal(await count('statuses', { session_id: 'acc1', state: 'canceled' }), 1_048);
    assert.equal(await count('statuses', { session_id: 'acc2' }), 1);
  });

  it('are broadcasts too, of an organization and without any post', async () => {
    const make = () => services.broadcasts.create(rootPrincipal, { ...textFor(numbers), sessionIds: ['acc1'] });
    const [oldest, posted] = [await make(), await make()];
    await db('broadcast_accounts').where({ broadcast_id: posted.id }).update({ status_id: 'S' });
    for (const { id } of [oldest, posted]) await services.broadcasts.cancel(rootPrincipal, id);
    await insertOrganization(db, 'acme');
    const row = (await db('broadcasts').where({ id: oldest.id }).first()) as Record<string, string | number>;
    const copies = (organization_id: string, count: number) =>
      insertRows(db, {
        table: 'broadcasts',
        columns: Object.keys(row),
        rows: Array.from({ length: count }, () => ({ ...row, organization_id, id: newId(), canceled_at: now + 1 })),
      });
    await copies('acme', 1_001);
    await copies('default', 999);
    await make();
    assert.equal(await count('broadcasts', { id: oldest.id }), 1);
    await copies('default', 1);
    await make();
    assert.deepEqual(
      [await count('broadcasts', { id: oldest.id }), await count('broadcast_accounts', { broadcast_id: oldest.id })],
      [0, 0],
    );
    assert.deepEqual(
      [await count('broadcasts', { organization_id: 'default' }), await count('broadcasts', { id: posted.id })],
      [1_003, 1],
    );
    await copies('default', 5);
    await make();
    assert.deepEqual(
      [
        await count('broadcasts', { organization_id: 'default' }),
        await count('broadcasts', { organization_id: 'acme' }),
      ],
      [1_007, 1_001],
    );
  });

  it('are forgotten sooner when they were for many people', async () => {
    const ids = [await canceled(), await canceled(), await canceled()];
    for (const [index, id] of ids.entries()) {
      await db('statuses')
        .where({ id })
        .update({ targeted: 400_000, updated_at: now - index });
    }
    await send();
    assert.deepEqual(await Promise.all(ids.map(isThere)), [true, true, false]);
  });

  it('are those that were canceled, or failed before anything was tried, and that nothing waits for', async () => {
    const changes = {
      late: { state: 'failed' },
      tried: { state: 'failed', started_at: 1 },
      'being taken back': { state: 'failed', delete_requested_at: 1 },
      sent: { state: 'sent', started_at: 1 },
      waiting: { state: 'scheduled' },
      'first of a series': { state: 'failed', series_id: 'one', series_position: 0 },
      'second of it': { state: 'queued', series_id: 'one', series_position: 1 },
    };
    const ids: Record<string, string> = {};
    for (const name of Object.keys(changes)) ids[name] = (await send()).id;
    for (const [name, change] of Object.entries(changes)) {
      await db('statuses')
        .where({ id: ids[name] })
        .update({ ...change, targeted: 2_000_000 });
    }
    await send();
    const kept: string[] = [];
    for (const [name, id] of Object.entries(ids)) if (await isThere(id)) kept.push(name);
    assert.deepEqual(kept, Object.keys(ids).slice(1));
    await db('statuses').where({ id: ids['second of it'] }).update({ state: 'canceled' });
    await send();
    const series = await db('statuses').where({ series_id: 'one' });
    assert.equal(series.length, 0);
  });
});
