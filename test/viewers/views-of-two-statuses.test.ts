import assert from 'node:assert/strict';
import type { EventPayload } from '../../server/contract/events.js';
import type { Database } from '../../server/db/database.js';
import type { ReceiptKind, StatusReceipt } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

const start = new Date('2026-03-01T10:00:00Z');
const second = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const [anna, ben, carla, dora] = ['491700000001', '491700000002', '491700000003', '491700000004'];

function receipt(kind: ReceiptKind, person: string, status: string, at = start): StatusReceipt {
  const isLid = person.startsWith('lid:');
  const address = isLid ? { phoneNumber: null, lid: person.slice(4) } : { phoneNumber: person, lid: null };
  return { messageId: `3EB0${status}`, person: address, kind, at };
}

describeOnEveryDatabase('views of several statuses', (open) => {
  let db: Database;
  let services: Services;
  let clock: SetClock;
  beforeEach(async () => {
    db = await open();
    clock = new SetClock(start);
    services = openServices(db, clock);
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, sessionId);
    for (const id of ['S1', 'S2']) await insertSentStatus(services, id);
  });
  afterEach(() => services.viewers.stop());

  const list = (id: string, query: object = {}) =>
    services.viewers.list('acc1', id, { limit: 50, only: 'all', ...query });
  const numbers = async (id: string, query: object = {}) => (await list(id, query)).items.map((item) => item.number);
  const record = (...receipts: StatusReceipt[]) => services.viewers.recordReceipts('acc1', receipts);
  const viewed = async (id: string) => (await services.statuses.get('acc1', id)).counts.viewed;
  const updates = () =>
    services.events.flatMap((event): EventPayload<'status-viewers-update'>[] =>
      event.name === 'status-viewers-update' ? [event.payload] : [],
    );
  const meanFor = (id: string, ...addresses: { phoneNumber: string | null; lid: string | null }[]) =>
    services.unitOfWork.run(async (tx) => {
      const ids = await services.people.resolve(tx, 'acc1', addresses);
      await services.recipients.insert(tx, { id, organizationId: 'default' }, ids);
    });
  const sendTo = async (id: string, ...addresses: { phoneNumber: string | null; lid: string | null }[]) => {
    const counts = {
      targeted: addresses.length,
      included: 0,
      delivered: 0,
      viewed: 0,
      reacted: 0,
      replied: 0,
      clicked: 0,
    };
    await insertSentStatus(services, id, { counts });
    await meanFor(id, ...addresses);
  };

  it('are shown to the account that posted it only', async () => {
    await record(receipt('read', anna, 'S1'));
    await assert.rejects(services.viewers.list('acc2', 'S1', { limit: 5, only: 'all' }), { code: 'not_found' });
  });

  it('are each counted, listed and told where they belong', async () => {
    await meanFor('S2', { phoneNumber: dora, lid: null });
    await record(receipt('delivered', anna, 'S2'), receipt('read', ben, 'S2'), receipt('read', carla, 'S2'));
    await record(receipt('read', anna, 'S1'), receipt('read', ben, 'S2'), receipt('read', anna, 'S2'));
    assert.deepEqual([await viewed('S1'), await viewed('S2')], [1, 3]);
    const { items, total } = await list('S1');
    assert.deepEqual([items.map((item) => item.number), total], [[anna], 1]);
    assert.equal((await list('S2')).total, 4);
    await record(receipt('read', carla, 'S1'));
    const last = updates().at(-1);
    assert.deepEqual(
      [last?.statusId, last?.viewers.map((viewer) => viewer.number), last?.delivered],
      ['S1', [carla], []],
    );
  });

  it('have the earliest time, also when it is told last, and say so', async () => {
    await record(receipt('read', anna, 'S1', second(20)));
    await record(receipt('read', anna, 'S1', second(10)));
    await record(receipt('read', anna, 'S1', second(30)));
    const [viewer] = (await list('S1')).items;
    assert.deepEqual([viewer?.viewedAt, viewer?.deliveredAt], [second(10).toISOString(), second(10).toISOString()]);
    assert.deepEqual(
      updates().map(({ viewers }) => viewers[0]?.viewedAt),
      [second(20).toISOString(), second(10).toISOString()],
    );
    assert.equal(await viewed('S1'), 1);
  });

  it('count for a status without an audience, whoever another one told of together is for', async () => {
    await sendTo('S3', { phoneNumber: anna, lid: '100' });
    await record(receipt('read', ben, 'S1'), receipt('read', ben, 'S3'), receipt('read', anna, 'S3'));
    assert.deepEqual([await viewed('S1'), await viewed('S3')], [1, 1]);
  });

  it('under a LID count only for the status that may be for its person', async () => {
    await sendTo('S3', { phoneNumber: ben, lid: null });
    await sendTo('S4', { phoneNumber: carla, lid: '300' });
    await record(receipt('read', 'lid:900', 'S3'), receipt('read', 'lid:900', 'S4'));
    assert.deepEqual([await viewed('S3'), await viewed('S4')], [1, 0]);
    await record(receipt('read', 'lid:901', 'S4'), receipt('read', 'lid:901', 'S3'));
    assert.deepEqual([await viewed('S3'), await viewed('S4')], [2, 0]);
  });

  it('make people only of those who are told of a status', async () => {
    await record({ ...receipt('read', ben, 'LETTER'), viaChat: true }, receipt('read', carla, 'LATER'));
    await record({ ...receipt('read', ben, 'LETTER'), viaChat: true }, receipt('read', anna, 'S1'));
    assert.deepEqual(await db('people').pluck('phone_number'), [anna]);
  });

  it('are to be looked at again only when two people became one', async () => {
    await record(receipt('read', 'lid:100', 'S1'), receipt('read', 'lid:200', 'S1'), receipt('read', anna, 'S1'));
    const lookAgain = () => services.events.filter(({ name }) => name === 'statuses-updated').length;
    const before = lookAgain();
    await services.people.recordPairs('acc1', [{ phoneNumber: ben, lid: '200' }]);
    assert.equal(lookAgain(), before);
    await services.people.recordPairs('acc1', [{ phoneNumber: anna, lid: '100' }]);
    assert.equal(lookAgain(), before + 1);
  });

  it('are found by each of the names, among those who are asked for', async () => {
    await record(receipt('read', anna, 'S1'), receipt('delivered', ben, 'S1'), receipt('read', carla, 'S1'));
    const name = (phoneNumber: string, names: object) =>
      db('people').where({ phone_number: phoneNumber }).update(names);
    await name(anna, { name: 'Adele', push_name: 'aa' });
    await name(ben, { verified_name: 'Adelheid Ltd' });
    await name(carla, { push_name: 'ADELA' });
    assert.deepEqual((await numbers('S1', { search: 'adel' })).sort(), [anna, ben, carla]);
    assert.deepEqual(await numbers('S1', { search: 'ltd' }), [ben]);
    assert.deepEqual(await numbers('S1', { search: 'adelheid', only: 'viewed' }), []);
    assert.deepEqual(await numbers('S1', { search: '000003', only: 'missed' }), []);
    const { total } = await list('S1', { search: 'adel', only: 'viewed' });
    assert.equal(total, 2);
  });

  it('that come between two pages of those who got it put nobody on the second', async () => {
    await meanFor('S1', ...[anna, ben, carla].map((phoneNumber) => ({ phoneNumber, lid: null })));
    await record(receipt('delivered', anna, 'S1', second(20)), receipt('delivered', ben, 'S1', second(10)));
    const first = await list('S1', { only: 'delivered', limit: 1 });
    clock.advance(1_000);
    await record(receipt('delivered', carla, 'S1', second(5)), receipt('read', dora, 'S1', second(5)));
    const rest = await list('S1', { only: 'delivered', cursor: first.nextCursor ?? undefined });
    assert.deepEqual(
      [...first.items, ...rest.items].map((item) => item.number),
      [anna, ben],
    );
    assert.equal(rest.total, 4);
  });
});
