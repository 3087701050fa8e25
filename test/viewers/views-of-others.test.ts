import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import type { ReceiptKind, StatusReceipt } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

const start = new Date('2026-03-01T10:00:00Z');
const anna = '491700000001';

function receipt(person: string, messageId: string, kind: ReceiptKind = 'read'): StatusReceipt {
  const isLid = person.startsWith('lid:');
  const address = isLid ? { phoneNumber: null, lid: person.slice(4) } : { phoneNumber: person, lid: null };
  return { messageId, person: address, kind, at: start };
}

describeOnEveryDatabase('views', (open) => {
  let db: Database;
  let services: Services;
  let clock: SetClock;
  beforeEach(async () => {
    db = await open();
    clock = new SetClock(start);
    services = openServices(db, clock);
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, sessionId);
    await insertSentStatus(services, 'S1');
    await insertSentStatus(services, 'S2');
  });
  afterEach(() => services.viewers.stop());

  const list = (query: object = {}) => services.viewers.list('acc1', 'S1', { limit: 50, only: 'all', ...query });
  const record = (...receipts: StatusReceipt[]) => services.viewers.recordReceipts('acc1', receipts);
  const updates = (): number => services.events.filter(({ name }) => name === 'status-viewers-update').length;

  it('of another status are none of this one, though it was meant for the same person', async () => {
    await services.unitOfWork.run(async (tx) => {
      const ids = await services.people.resolve(tx, 'acc1', [{ phoneNumber: anna, lid: null }]);
      await services.recipients.insert(tx, { id: 'S1', organizationId: 'default' }, ids);
    });
    await record(receipt(anna, '3EB0S2'));
    const { items, total } = await list();
    assert.deepEqual([total, items[0]?.viewedAt, items[0]?.deliveredAt], [1, null, null]);
    assert.deepEqual((await list({ only: 'viewed' })).items, []);
  });

  it('that wait for another account stay with it when this one learns who somebody is', async () => {
    await services.viewers.recordReceipts('acc2', [receipt(anna, 'THERE'), receipt('lid:100', 'THERE')]);
    await record(receipt(anna, '3EB0S1'), receipt('lid:100', '3EB0S1'));
    await services.people.recordPairs('acc1', [{ phoneNumber: anna, lid: '100' }]);
    const waiting: unknown = await db('pending_receipts').where({ session_id: 'acc2' }).pluck('message_id');
    assert.deepEqual(waiting, ['THERE', 'THERE']);
  });

  it('that waited under a LID count once it turns out to be that of somebody whom the status was for', async () => {
    const counts = { targeted: 1, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 };
    await insertSentStatus(services, 'S3', { counts });
    await services.unitOfWork.run(async (tx) => {
      const ids = await services.people.resolve(tx, 'acc1', [{ phoneNumber: anna, lid: '100' }]);
      await services.recipients.insert(tx, { id: 'S3', organizationId: 'default' }, ids);
    });
    await record(receipt('lid:900', '3EB0S3'));
    const viewed = async (): Promise<number> => (await services.statuses.get('acc1', 'S3')).counts.viewed;
    assert.equal(await viewed(), 0);
    await services.people.recordPairs('acc1', [{ phoneNumber: anna, lid: '900' }]);
    assert.deepEqual([await viewed(), await db('pending_receipts').select('id')], [1, []]);
  });

  it('of two who are one person keep the reaction, and the time at which the first was recorded', async () => {
    // The number is known for longer, and survives.
    await record(receipt(anna, '3EB0S2'));
    await record(receipt('lid:100', '3EB0S1'));
    clock.advance(60_000);
    await record(receipt(anna, '3EB0S1'));
    await db('views')
      .where({ status_id: 'S1', recorded_at: start.getTime() })
      .update({ reaction: '👍', reacted_at: 4, replied_at: 5 });
    await services.people.recordPairs('acc1', [{ phoneNumber: anna, lid: '100' }]);
    const rows: unknown = await db('views').where({ status_id: 'S1' }).select('reaction', 'recorded_at');
    assert.deepEqual(rows, [{ reaction: '👍', recorded_at: start.getTime() }]);
    const [viewer] = (await list()).items;
    assert.deepEqual([viewer?.number, viewer?.reaction, viewer?.replied], [anna, '👍', true]);
  });

  it('of two who are one person keep what the survivor said, and where there is nothing what the other said', async () => {
    await record(receipt(anna, '3EB0S1'), receipt(anna, '3EB0S2'));
    await record(receipt('lid:100', '3EB0S1'), receipt('lid:100', '3EB0S2'));
    const [survivor, gone] = [{ phone_number: anna }, { lid: '100' }].map((of) => db('people').where(of).select('id'));
    await db('views')
      .whereIn('person_id', survivor ?? [])
      .update({ reaction: '👍', reacted_at: 4, replied_at: 5 });
    await db('views')
      .whereIn('person_id', gone ?? [])
      .where({ status_id: 'S2' })
      .update({ reaction: '😮', replied_at: 9 });
    await services.people.recordPairs('acc1', [{ phoneNumber: anna, lid: '100' }]);
    const rows: unknown = await db('views').select('status_id', 'reaction', 'replied_at').orderBy('status_id');
    assert.deepEqual(rows, [
      { status_id: 'S1', reaction: '👍', replied_at: 5 },
      { status_id: 'S2', reaction: '👍', replied_at: 5 },
    ]);
  });

  it('of two who become one between two pages leave the one on the page where it was', async () => {
    const at = (seconds: number) => new Date(start.getTime() + seconds * 1_000);
    for (const [messageId, kind, only] of [
      ['3EB0S1', 'read', 'viewed'],
      ['3EB0S2', 'delivered', 'delivered'],
    ] as const) {
      const lid = `lid:${messageId}`.replace(/[A-Z]/g, '');
      const told = (person: string, seconds: number) =>
        record({ ...receipt(person, messageId, kind), at: at(seconds) });
      await told('491700000009', 50);
      await told(lid, 40);
      await told('491700000008', 30);
      const page = (query: object) => services.viewers.list('acc1', messageId.slice(4), { limit: 50, only, ...query });
      const first = await page({ limit: 1 });
      clock.advance(1_000);
      const number = `49170000001${messageId.slice(-1)}`;
      await told(number, 10);
      await services.people.recordPairs('acc1', [{ phoneNumber: number, lid: lid.slice(4) }]);
      clock.advance(1_000);
      const rest = await page({ cursor: first.nextCursor });
      assert.deepEqual(
        [...first.items, ...rest.items].map((item) => item.number),
        ['491700000009', number, '491700000008'],
        only,
      );
    }
  });

  it('of a voice note that was played are told once for each thing that is new', async () => {
    await record(receipt(anna, '3EB0S1'));
    for (let time = 0; time < 3; time += 1) await record(receipt(anna, '3EB0S1', 'played'));
    assert.equal(updates(), 2);
  });

  it('that came before their status are delivery and view, whichever came first', async () => {
    await record(receipt(anna, '3EB0S9', 'delivered'));
    await record(receipt(anna, '3EB0S9'));
    const status = await insertSentStatus(services, 'S9');
    await services.unitOfWork.run((tx) => services.viewers.adoptPending(tx, status));
    const { delivered, viewed } = (await services.statuses.get('acc1', 'S9')).counts;
    assert.deepEqual([delivered, viewed], [1, 1]);
    await record(receipt('491700000002', '3EB0S8'));
    const other = await insertSentStatus(services, 'S8');
    await services.unitOfWork.run((tx) => services.viewers.adoptPending(tx, other));
    assert.equal((await services.statuses.get('acc1', 'S8')).counts.viewed, 1);
  });

  it('say who replied, and end with the last of them', async () => {
    await record(receipt(anna, '3EB0S1'), receipt('491700000002', '3EB0S1'));
    const [first] = (await list()).items;
    await db('views').where({ person_id: first?.personId }).update({ replied_at: 5 });
    const page = await list({ limit: 2 });
    assert.deepEqual(
      page.items.map(({ replied }) => replied),
      [true, false],
    );
    assert.equal(page.nextCursor, null);
    assert.notEqual((await list({ limit: 1 })).nextCursor, null);
  });

  it('are found by the signs that were written, which stand for nothing else', async () => {
    await record(receipt(anna, '3EB0S1'), receipt('491700000002', '3EB0S1'));
    await db('people').where({ phone_number: anna }).update({ push_name: 'Ada_1' });
    await db('people').where({ phone_number: '491700000002' }).update({ push_name: 'Adax1' });
    const found = (await list({ search: 'a_1' })).items.map(({ number }) => number);
    assert.deepEqual(found, [anna]);
  });

  it('of a day are told again when it becomes known who somebody is, older ones are not', async () => {
    await record(receipt('lid:100', '3EB0S1'), receipt('lid:200', '3EB0S1'));
    clock.advance(24 * 3_600_000);
    const before = updates();
    await services.people.recordPairs('acc1', [{ phoneNumber: anna, lid: '100' }]);
    assert.equal(updates(), before + 1);
    clock.advance(2 * 3_600_000);
    await services.people.recordPairs('acc1', [{ phoneNumber: '491700000002', lid: '200' }]);
    assert.equal(updates(), before + 1);
  });

  it('that the database cannot take now are refused, all of them after one try: WhatsApp has to bring them again', async () => {
    const { unitOfWork } = services;
    let tries = 0;
    const run = unitOfWork.run.bind(unitOfWork);
    unitOfWork.run = () => {
      tries += 1;
      return Promise.reject(new Error('the disk is full'));
    };
    const all = Array.from({ length: 8 }, (_none, index) => receipt(`49170000001${String(index)}`, '3EB0S1'));
    await assert.rejects(record(...all), /the disk is full/);
    assert.equal(tries, 1);
    unitOfWork.run = run;
    await record(...all);
    assert.equal((await services.statuses.get('acc1', 'S1')).counts.viewed, 8);
  });
});
