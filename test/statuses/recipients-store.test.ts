import assert from 'node:assert/strict';
import type { PersonAddress } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../people/insert-session.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../viewers/open-services.js';

/** More than are read at once. */
const many = 2_100;
const people = Array.from({ length: many }, (_each, nth): PersonAddress => ({
  phoneNumber: `4917000${String(10_000 + nth)}`,
  lid: null,
}));

describe('the recipients of a status', () => {
  let sqlite: TestSqlite;
  let services: Services;
  beforeEach(async () => {
    sqlite = await openSqlite();
    services = openServices(sqlite.db, new SetClock(new Date('2026-03-01T10:00:00Z')));
    await insertSession(sqlite.db, 'acc1');
    const status = await insertSentStatus(services, 'S1', { state: 'queued', sentAt: null });
    await services.unitOfWork.run(async (tx) => {
      await services.recipients.insert(tx, status, await services.people.resolve(tx, 'acc1', people));
    });
  });
  afterEach(() => sqlite.remove());

  it('are all there, in their order, however many they are', async () => {
    const numbers = people.map(({ phoneNumber }) => phoneNumber);
    for (const listed of [await services.recipients.listAddresses('S1'), await services.recipients.listPending('S1')]) {
      assert.deepEqual(
        listed.map(({ phoneNumber }) => phoneNumber),
        numbers,
      );
    }
    const [some, none] = [
      await services.recipients.listPending('S1', 2_050),
      await services.recipients.listToRevoke('S1'),
    ];
    assert.deepEqual([some.length, some.at(-1)?.phoneNumber, none], [2_050, numbers[2_049], []]);
  });
});
