import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { SlotsService } from '../../server/slots/slots-service.js';
import { SlotsStore } from '../../server/slots/slots-store.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

const at = new Date('2026-03-02T08:00:00Z');
const of = { organizationId: 'default', sessionId: 'acc1' };

describeOnEveryDatabase('posting slots', (open, engine) => {
  let db: Database;
  let services: Services;
  let slots: SlotsService;

  beforeEach(async () => {
    db = await open();
    const clock = new SetClock(at);
    services = openServices(db, clock);
    slots = new SlotsService(new SlotsStore(db), services.unitOfWork, clock);
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, sessionId);
  });

  const monday = (...times: string[]) => times.map((time) => ({ weekday: 'monday' as const, time }));
  const planned = (id: string, time: string, more: object = {}) =>
    insertSentStatus(services, id, {
      state: 'scheduled',
      scheduledAt: Date.parse(time),
      sentAt: null,
      expiresAt: null,
      ...more,
    });

  it('are free until something of the account is planned for them, and again when it is canceled', async () => {
    const put = await slots.put(of, { timeZone: 'UTC', slots: monday('09:00', '09:00', '10:00') });
    assert.deepEqual(put.slots, monday('09:00', '10:00'));
    assert.deepEqual(
      put.next.map(({ at: time, isFree }) => [time, isFree]),
      [
        ['2026-03-02T09:00:00.000Z', true],
        ['2026-03-02T10:00:00.000Z', true],
      ],
    );
    await planned('S1', '2026-03-02T09:00:00Z');
    await planned('S2', '2026-03-02T10:00:00Z', { sessionId: 'acc2' });
    await planned('S3', '2026-03-02T10:00:00Z', { state: 'canceled' });
    const { next, nextFreeAt } = await slots.get('acc1');
    assert.deepEqual([next.map(({ isFree }) => isFree), nextFreeAt], [[false, true], '2026-03-02T10:00:00.000Z']);
    assert.deepEqual(await slots.get('acc2'), { timeZone: null, slots: [], next: [], nextFreeAt: null });
    await assert.rejects(slots.upcoming('acc2'), { code: 'conflict', message: /no posting slots yet/ });
  });

  it('are others once they are set anew, of this account alone, and none when none is left', async () => {
    await slots.put({ ...of, sessionId: 'acc2' }, { timeZone: 'UTC', slots: monday('12:00') });
    await slots.put(of, { timeZone: 'UTC', slots: monday('09:00') });
    const anew = await slots.put(of, { timeZone: 'Asia/Kolkata', slots: monday('15:00') });
    assert.deepEqual(
      [anew.timeZone, anew.slots, anew.nextFreeAt],
      ['Asia/Kolkata', monday('15:00'), '2026-03-02T09:30:00.000Z'],
    );
    await slots.put(of, { timeZone: 'UTC', slots: [] });
    await assert.rejects(slots.upcoming('acc1'), { code: 'conflict', message: /no posting slots yet/ });
    assert.deepEqual(await slots.get('acc1'), { timeZone: 'UTC', slots: [], next: [], nextFreeAt: null });
    assert.equal((await slots.get('acc2')).nextFreeAt, '2026-03-02T12:00:00.000Z');
  });

  it('are refused when all of the coming weeks are taken', async () => {
    await slots.put(of, { timeZone: 'UTC', slots: monday('09:00') });
    const coming = await slots.upcoming('acc1');
    assert.equal(coming.times.length, 8);
    for (const [index, time] of coming.times.entries()) {
      assert.equal(await services.unitOfWork.run((tx) => slots.claimFree(tx, 'acc1', coming)), time);
      await planned(`S${String(index)}`, new Date(time).toISOString());
    }
    await assert.rejects(
      services.unitOfWork.run((tx) => slots.claimFree(tx, 'acc1', coming)),
      { code: 'conflict', message: /slots of the coming weeks are taken/ },
    );
  });

  it('are for one of two who ask at the same time', async () => {
    await slots.put(of, { timeZone: 'UTC', slots: monday('09:00', '10:00') });
    const coming = await slots.upcoming('acc1');
    const before = await planned('S0', '2026-03-01T09:00:00Z');
    const [taken, seen] = [gate(), gate()];
    const first = services.unitOfWork.run(async (tx) => {
      const time = await slots.claimFree(tx, 'acc1', coming);
      taken.open();
      await seen.opened;
      await services.statusesStore.insert(tx, { ...before, id: 'S1', messageId: '3EB0S1', scheduledAt: time });
      return time;
    });
    await taken.opened;
    let isQuicker = false;
    const other = services.unitOfWork.run(async (tx) => {
      const time = await slots.claimFree(tx, 'acc1', coming);
      isQuicker = true;
      return time;
    });
    // On SQLite it has not begun.
    await eventually(async () => isQuicker || engine === 'sqlite' || (await countWaiting()) > 0);
    seen.open();
    assert.deepEqual([await first, await other], coming.times.slice(0, 2));
  });

  async function countWaiting(): Promise<number> {
    const where = { wait_event_type: 'Lock', datname: db.raw('current_database()') };
    return (await db('pg_stat_activity').where(where).pluck('pid')).length;
  }
});

function gate(): { open: () => void; opened: Promise<void> } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}
