import assert from 'node:assert/strict';
import { insertOrganization, insertSession } from '../support/sample-rows.js';
import { keptLog } from '../support/kept-log.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { expiringStatuses, StatusExpiry } from '../../server/posting/status-expiry.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

const at = new Date('2026-03-02T08:00:00Z');

describe('the day of a status', () => {
  let sqlite: TestSqlite;
  let services: Services;
  let expiry: StatusExpiry;

  beforeEach(async () => {
    sqlite = await openSqlite();
    const clock = new SetClock(at);
    services = openServices(sqlite.db, clock);
    expiry = new StatusExpiry(services.steps, services.unitOfWork);
    await insertOrganization(sqlite.db, 'globex');
    await insertSession(sqlite.db, { sessionId: 'acc1' });
    await insertSession(sqlite.db, { sessionId: 'foreign', organizationId: 'globex' });
  });
  afterEach(() => sqlite.remove());

  const open = () => sqlite.db('statuses').whereNot({ state: 'expired' }).pluck('id');

  it('ends for all at once, however many they are, and each account is told once in a transaction', async () => {
    await insertSentStatus(services, 'first', { expiresAt: at.getTime() });
    await insertSentStatus(services, 'foreign', {
      sessionId: 'foreign',
      organizationId: 'globex',
      expiresAt: at.getTime(),
    });
    const { id: _id, ...row } = await sqlite.db('statuses').where({ id: 'first' }).first();
    const more = Array.from({ length: 998 }, (_each, nth) => ({
      ...row,
      id: `S${String(nth)}`,
      message_id: `M${String(nth)}`,
    }));
    await sqlite.db.batchInsert('statuses', more, 20);
    await expiry.sweep();
    assert.deepEqual(await open(), []);
    const told = services.events.map(({ name, organizationId, sessionId }) =>
      [name, organizationId, sessionId].join(' '),
    );
    assert.deepEqual([...new Set(told)].sort(), ['statuses-updated default acc1', 'statuses-updated globex foreign']);
    assert.ok(told.length <= 4, `it was told ${String(told.length)} times`);
  });

  it('that ended while no server ran is over before anything else starts', async () => {
    await insertSentStatus(services, 'S1', { expiresAt: at.getTime() });
    const task = expiringStatuses(expiry, keptLog().logger);
    await task.start();
    assert.deepEqual(await open(), []);
    await task.stop();
  });
});
