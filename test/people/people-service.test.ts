import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { systemClock } from '../../server/lib/clock.js';
import { PeopleService, type PeopleChange } from '../../server/people/people-service.js';
import { PeopleStore } from '../../server/people/people-store.js';
import type { PersonAddress } from '../../server/whatsapp/gateway.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/insert-session.js';

const byNumber = (phoneNumber: string): PersonAddress => ({ phoneNumber, lid: null });
const byLid = (lid: string): PersonAddress => ({ phoneNumber: null, lid });

describeOnEveryDatabase('people', (open) => {
  let db: Database;
  let people: PeopleService;
  let unitOfWork: UnitOfWork;

  beforeEach(async () => {
    db = await open();
    await insertSession(db, 'acc1');
    unitOfWork = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    people = new PeopleService(new PeopleStore(), unitOfWork, systemClock);
  });

  const resolve = (addresses: PersonAddress[], sessionId = 'acc1') =>
    unitOfWork.run((tx) => people.resolve(tx, sessionId, addresses));

  it('gives the same person again', async () => {
    const [first] = await resolve([byNumber('491700000001')]);
    const [second] = await resolve([byNumber('491700000001')]);
    assert.equal(first, second);
  });

  it('takes the people who were looked up before, and looks again when one of them is gone', async () => {
    const [first = '', hidden = ''] = await resolve([byNumber('491700000001'), byLid('100')]);
    const known = [
      { ...byLid('100'), personId: hidden },
      { ...byNumber('491700000003'), personId: null },
      { ...byNumber('491700000001'), personId: first },
    ];
    const resolveKnown = () => unitOfWork.run((tx) => people.resolveKnown(tx, 'acc1', known));
    const [one, stranger, other] = await resolveKnown();
    assert.deepEqual([one, other], [hidden, first]);
    await people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '100' }]);
    assert.deepEqual(await resolveKnown(), [first, stranger, first]);
  });

  it('gives the same person for every way to write the number, and keeps the one that WhatsApp uses', async () => {
    const [first] = await resolve([byNumber('5531988887777')]);
    const [second] = await resolve([byNumber('553188887777')]);
    assert.equal(first, second);
    await people.recordPairs('acc1', [{ phoneNumber: '553188887777', lid: '100' }]);
    const rows = await db('people').select('id', 'phone_number', 'lid');
    assert.deepEqual(rows, [{ id: first, phone_number: '553188887777', lid: '100' }]);
    assert.deepEqual(await resolve([byNumber('5531988887777'), byLid('100')]), [first, first]);
  });

  it('keeps the names of the one that stays when two become one, and takes those that it lacks', async () => {
    const [stays, goes] = await resolve([byNumber('491700000001'), byLid('100')]);
    await db('people').where({ id: stays }).update({ name: 'Anna', push_name: 'annie', verified_name: null });
    await db('people').where({ id: goes }).update({ name: 'Someone', push_name: null, verified_name: 'Anna Ltd' });
    await people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '100' }]);
    assert.deepEqual(await db('people').select('id', 'name', 'push_name', 'verified_name'), [
      { id: stays, name: 'Anna', push_name: 'annie', verified_name: 'Anna Ltd' },
    ]);
  });

  it('takes the number that WhatsApp answered in place of the one that was written, and makes one of both', async () => {
    const [written, own] = await resolve([byNumber('447000000001'), byNumber('447000000002')]);
    const pair = { phoneNumber: '447000000002', lid: '100', writtenAs: '447000000001' };
    await people.recordPairs('acc1', [pair]);
    assert.deepEqual(await db('people').select('id', 'phone_number', 'lid'), [
      { id: written, phone_number: '447000000002', lid: '100' },
    ]);
    assert.notEqual(written, own);
    await people.recordPairs('acc1', [{ phoneNumber: '447000000003', lid: '300', writtenAs: '447000000004' }]);
    assert.equal((await db('people')).length, 1, 'a pair alone makes nobody');
  });

  it('keeps the people of two sessions apart', async () => {
    await insertSession(db, 'acc2');
    const [one] = await resolve([byNumber('491700000001')]);
    const [other] = await resolve([byNumber('491700000001')], 'acc2');
    assert.notEqual(one, other);
  });

  it('refuses a session that does not exist', async () => {
    await assert.rejects(resolve([byNumber('491700000001')], 'nobody'), { code: 'not_found' });
    const resolveKnown = unitOfWork.run((tx) => people.resolveKnown(tx, 'nobody', []));
    await assert.rejects(resolveKnown, { code: 'not_found' });
  });

  it('merges two who turn out to be one, and says so before the rows are gone', async () => {
    const [numbered, hidden] = await resolve([byNumber('491700000001'), byLid('100')]);
    await db('people').where({ id: hidden }).update({ push_name: 'Ada' });
    const changes: PeopleChange[] = [];
    people.merged.add((_tx, change) => void changes.push(change));
    await people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '100' }]);

    assert.deepEqual(
      changes.flatMap((change) => change.merges),
      [{ survivorId: numbered, goneId: hidden }],
    );
    const rows = await db('people').select('id', 'phone_number', 'lid', 'push_name');
    assert.deepEqual(rows, [{ id: numbered, phone_number: '491700000001', lid: '100', push_name: 'Ada' }]);
    assert.deepEqual(await resolve([byLid('100'), byNumber('491700000001')]), [numbered, numbered]);
  });

  it('makes nobody of pairs that concern nobody', async () => {
    await people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '100' }]);
    await people.recordPairs('gone', [{ phoneNumber: '491700000001', lid: '100' }]);
    assert.deepEqual(await db('people').select('id'), []);
  });

  it('learns of every pair, however many the phone tells at once', async () => {
    const [id] = await resolve([byNumber('491700000501')]);
    const pairs = Array.from({ length: 502 }, (_value, index) => ({
      phoneNumber: String(491_700_000_000 + index),
      lid: String(1_000 + index),
    }));
    await people.recordPairs('acc1', pairs);
    assert.deepEqual(await db('people').select('id', 'lid'), [{ id, lid: '1501' }]);
  });

  it('follows numbers that two people swapped', async () => {
    const [one, other] = await resolve([
      { phoneNumber: '491700000001', lid: '100' },
      { phoneNumber: '491700000002', lid: '200' },
    ]);
    await people.recordPairs('acc1', [
      { phoneNumber: '491700000001', lid: '200' },
      { phoneNumber: '491700000002', lid: '100' },
    ]);
    const rows = await db('people').select('id', 'phone_number', 'lid').orderBy('phone_number');
    assert.deepEqual(rows, [
      { id: one, phone_number: '491700000001', lid: '200' },
      { id: other, phone_number: '491700000002', lid: '100' },
    ]);
  });

  it('lets two transactions at once make the same people only once', async () => {
    const addresses = Array.from({ length: 50 }, (_value, index) => byNumber(String(491_700_000_000 + index)));
    const [one, other] = await Promise.all([resolve(addresses), resolve([...addresses].reverse())]);
    assert.deepEqual(one, [...other].reverse());
  });

  it('gives who turn out to be one, long after they were found, the id that is left', async function () {
    this.timeout(30_000);
    const others = Array.from({ length: 8_000 }, (_value, index) => byNumber(String(491_800_000_000 + index)));
    const [oldest] = await resolve([byLid('200')]);
    const pairs = ['100', '200'].map((lid) => ({ phoneNumber: '491700000001', lid }));
    // Each pair is read in a later step than those before: who survives the first is gone after the second.
    const addresses = [byNumber('491700000001'), byLid('100'), ...others];
    addresses.splice(4_500, 0, ...pairs.slice(0, 1));
    const ids = await resolve([...addresses, ...pairs.slice(1)]);
    assert.deepEqual([ids[0], ids[1], ids[4_500], ids.at(-1)], Array<unknown>(4).fill(oldest));
    assert.equal(new Set(ids).size, others.length + 1);
    assert.equal((await db('people').where({ phone_number: '491700000001' }).first('id'))?.id, oldest);
  });

  it('resolves thousands at once, each to a person of its own, and to the same the next time', async function () {
    this.timeout(30_000);
    const addresses = Array.from({ length: 12_000 }, (_value, index) => byNumber(String(491_700_000_000 + index)));
    const ids = await resolve(addresses);
    assert.equal(new Set(ids).size, addresses.length);
    assert.deepEqual(await resolve(addresses), ids);
  });
});
