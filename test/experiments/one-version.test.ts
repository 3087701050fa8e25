import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { noPlan } from '../../server/statuses/plan.js';
import { postingOf } from '../posting/open-posting.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/insert-session.js';
import { insertSentStatus, openServices, type Services, SetClock } from '../support/open-services.js';

const number = { phoneNumber: '491700000001', lid: null };
const lid = { phoneNumber: null, lid: '99001' };
const others = ['491700000002', '491700000003'].map((phoneNumber) => ({ phoneNumber, lid: null }));

describeOnEveryDatabase('somebody whose number is in one half of an A/B test and whose LID is in the other', (open) => {
  let db: Database;
  let services: Services;

  beforeEach(async () => {
    db = await open();
    services = openServices(db, new SetClock(new Date(1_000)));
    await insertSession(db, 'acc1');
  });
  afterEach(() => services.viewers.stop());

  async function version(name: 'A' | 'B', people: { phoneNumber: string | null; lid: string | null }[]) {
    const plan = { ...noPlan, experiment: { id: 'E', version: name } };
    const none = { included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 };
    const counts = { ...none, targeted: people.length };
    const status = await insertSentStatus(services, name, { state: 'queued', sentAt: null, plan, counts });
    await services.unitOfWork.run(async (tx) => {
      const ids = await services.people.resolve(tx, 'acc1', people);
      await services.recipients.insert(tx, status, ids);
    });
  }
  const targeted = async () => {
    const { A, B } = Object.fromEntries(
      (await db('statuses').select('id', 'targeted')).map((row: { id: string; targeted: number }) => [
        row.id,
        row.targeted,
      ]),
    );
    return [A, B];
  };
  const learn = () => services.people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '99001' }]);

  it('gets the version that goes out first, once it is known that they are one', async () => {
    await version('A', [number, ...others.slice(0, 1)]);
    await version('B', [lid, ...others.slice(1)]);
    await learn();
    assert.deepEqual(await targeted(), [2, 1]);
  });

  it('is left out of the second version where only posting it tells that they are one', async () => {
    await version('A', [lid]);
    await db('statuses').where({ id: 'A' }).update({ state: 'sent' });
    await db('status_recipients').where({ status_id: 'A' }).update({ outcome: 'included' });
    await version('B', [...others, number]);
    const posting = postingOf(services);
    const claim = await posting.claimNext('acc1');
    assert.equal(claim?.status.id, 'B');
    const people = claim.recipients.map((person) => ({ person, address: person }));
    const leftOut = async (lidOfLast: string | null) => {
      const known = people.map(({ person }, index) => ({
        person,
        address: index === 2 ? { phoneNumber: person.phoneNumber, lid: lidOfLast } : person,
      }));
      return [...(await posting.leftOut(claim.status, known, () => Promise.resolve(undefined)))];
    };
    assert.deepEqual(await leftOut(null), []);
    assert.deepEqual(await leftOut(lid.lid), [claim.recipients[2]]);
    assert.deepEqual(await targeted(), [1, 2]);
  });

  it('keeps the version that they got, and gets no other', async () => {
    await version('A', [number, ...others.slice(0, 1)]);
    await version('B', [lid, ...others.slice(1)]);
    await db('status_recipients').where({ status_id: 'B' }).update({ outcome: 'included' });
    await learn();
    assert.deepEqual(await targeted(), [1, 2]);
  });

  it('gets the version that is on its way, and the one that is left where the other was canceled', async () => {
    await version('A', [number]);
    await version('B', [lid]);
    await db('statuses').where({ id: 'B' }).update({ state: 'sending' });
    await learn();
    assert.deepEqual(await targeted(), [0, 1]);
    await db('status_recipients').delete();
    await db('people').delete();
    await db('statuses').delete();
    await version('A', [number]);
    await version('B', [lid]);
    await db('statuses').where({ id: 'A' }).update({ state: 'canceled' });
    await learn();
    assert.deepEqual((await targeted())[1], 1);
  });
});
