import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { countAllViews } from '../../server/db/migrations/0056-viewer-totals.js';
import type { PersonAddress, StatusReceipt } from '../../server/whatsapp/gateway.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/insert-session.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';
import { randomFrom, seedOfRun } from '../support/random-from.js';

const start = new Date('2026-03-01T10:00:00Z').getTime();
const anna = '491700000001';

describeOnEveryDatabase('totals of viewers', (open) => {
  let db: Database;
  let services: Services;
  beforeEach(async () => {
    db = await open();
    services = openServices(db, new SetClock(new Date(start)));
    await insertSession(db, 'acc1');
  });
  afterEach(() => services.viewers.stop());

  const numbered = (phoneNumber: string): PersonAddress => ({ phoneNumber, lid: null });
  const hidden = (lid: string): PersonAddress => ({ phoneNumber: null, lid });
  const at = (seconds: number) => new Date(start + seconds * 1000);
  const read = (person: PersonAddress, status: string, seconds: number): StatusReceipt => ({
    messageId: `3EB0${status}`,
    person,
    kind: 'read',
    at: at(seconds),
  });
  const reacted = (person: PersonAddress, status: string, seconds: number, emoji: string | null): StatusReceipt => ({
    messageId: `3EB0${status}`,
    person,
    kind: 'reacted',
    at: at(seconds),
    reaction: { emoji, reactedAt: at(seconds) },
  });
  const replied = (person: PersonAddress, status: string, seconds: number): StatusReceipt => ({
    messageId: `3EB0${status}`,
    person,
    kind: 'replied',
    at: at(seconds),
  });
  const record = (...receipts: StatusReceipt[]) => services.viewers.recordReceipts('acc1', receipts);
  const posted = (id: string, sentAt: number | null, more: object = {}) =>
    insertSentStatus(services, id, { sentAt, startedAt: sentAt ?? start, createdAt: 1, ...more });
  const rows = () => db('viewer_totals').orderBy('person_id').select<Record<string, unknown>[]>('*');
  const only = async () => {
    const all = await rows();
    assert.equal(all.length, 1);
    return all[0] ?? {};
  };

  it('have how much somebody viewed and liked, and the latest post by when it was sent, whenever they came to it', async () => {
    await posted('B', start + 1_000);
    await posted('A', start + 2_000);
    await record(read(numbered(anna), 'A', 10));
    await record(read(numbered(anna), 'B', 20), reacted(numbered(anna), 'B', 30, '💚'));
    const { viewed, reacted: likes, ...row } = await only();
    assert.deepEqual([viewed, likes], [2, 1]);
    assert.deepEqual([row['first_viewed_post'], row['last_viewed_post'], row['last_reacted_post']], ['B', 'A', 'B']);
    assert.deepEqual(
      [row['first_viewed_at'], row['last_viewed_at'], row['last_reacted_at']],
      [at(10), at(20), at(30)].map((time) => time.getTime()),
    );
  });

  it('forget a like that was taken back, and know the one before', async () => {
    await posted('A', start + 1_000);
    await posted('B', start + 2_000);
    await record(reacted(numbered(anna), 'A', 10, '💚'), reacted(numbered(anna), 'B', 20, '💚'));
    await record(reacted(numbered(anna), 'B', 30, null));
    const row = await only();
    assert.deepEqual(
      [row['reacted'], row['last_reacted_at'], row['last_reacted_post'], row['viewed']],
      [1, at(10).getTime(), 'A', 2],
    );
  });

  it('stay when views are forgotten, also of two who turn out to be one person', async () => {
    for (const [index, id] of ['A', 'B', 'C'].entries()) await posted(id, start + index * 1_000);
    await record(read(numbered(anna), 'A', 10), read(hidden('77'), 'B', 20), read(hidden('77'), 'C', 30));
    await record(read(numbered(anna), 'C', 40));
    await db('statuses').whereIn('id', ['A', 'B']).delete();
    await services.people.recordPairs('acc1', [{ phoneNumber: anna, lid: '77' }]);
    const row = await only();
    assert.deepEqual([row['viewed'], row['last_viewed_post'], row['first_viewed_at']], [3, 'C', at(10).getTime()]);
  });

  for (const [form, first, second] of [
    ['LID', hidden('77'), numbered(anna)],
    ['number', numbered(anna), hidden('77')],
  ] as const) {
    it(`know the first view, by ${form}, of two who turn out to be one person, also where it is forgotten`, async () => {
      for (const [index, id] of ['A', 'B', 'C'].entries()) await posted(id, start + index * 1_000);
      await record(read(second, 'B', 20));
      await record(read(first, 'A', 10), read(first, 'C', 30));
      await db('statuses').where({ id: 'A' }).delete();
      await services.people.recordPairs('acc1', [{ phoneNumber: anna, lid: '77' }]);
      const row = await only();
      assert.deepEqual([row['first_viewed_at'], row['first_viewed_post']], [at(10).getTime(), 'A']);
    });
  }

  it('take of posts of the same moment the one that is the last by its id, as lists of posts do', async () => {
    for (const id of ['A', 'B', 'C']) await posted(id, start);
    for (const id of ['B', 'C', 'A']) await record(read(numbered(anna), id, 10));
    const row = await only();
    assert.deepEqual([row['first_viewed_post'], row['last_viewed_post']], ['A', 'C']);
  });

  it('are what all views together say, after any history', async () => {
    const seed = seedOfRun();
    const random = randomFrom(seed);
    const pick = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)] as T;
    const ids = ['C', 'A', 'D', 'B', 'E'];
    // The last one is on its way when some have viewed it already.
    for (const [index, id] of ids.entries()) {
      const begunAt = start + index * 1_000;
      await posted(id, id === 'E' ? null : begunAt, { startedAt: begunAt });
    }
    const numbers = ['491700000001', '491700000002', '491700000003'];
    const people = [...numbers.map(numbered), ...['71', '72', '73'].map(hidden)];
    for (let step = 0; step < 40; step += 1) {
      const some = Array.from({ length: 1 + Math.floor(random() * 6) }, () => {
        const [person, id, seconds] = [pick(people), pick(ids), Math.floor(random() * 100)];
        const kind = pick(['read', 'replied', 'reacted', 'reacted']);
        if (kind === 'replied') return replied(person, id, seconds);
        return kind === 'read' ? read(person, id, seconds) : reacted(person, id, seconds, pick(['💚', '🔥', null]));
      });
      await record(...some);
      if (step === 20)
        await db('statuses')
          .where({ id: 'E' })
          .update({ sent_at: start + 9_000 });
      if (step % 12 === 11) {
        const index = (step - 11) / 12;
        await services.people.recordPairs('acc1', [{ phoneNumber: numbers[index] ?? '', lid: String(71 + index) }]);
      }
    }
    const kept = await rows();
    assert.equal(kept.length, 3, 'each of them is one person');
    assert.ok(
      kept.some(({ replied }) => Number(replied) > 0),
      'somebody answered',
    );
    await db('viewer_totals').delete();
    await countAllViews(db);
    assert.deepEqual(kept, await rows(), `SEED=${String(seed)}`);
  });
});
