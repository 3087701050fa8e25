import assert from 'node:assert/strict';
import type { AppEvent } from '../../server/contract/events.js';
import type { Database } from '../../server/db/database.js';
import { knexOf, UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { EventLog } from '../../server/events/event-log.js';
import { EventStore } from '../../server/events/event-store.js';
import { systemClock } from '../../server/lib/clock.js';
import { createLogger } from '../../server/lib/logger.js';
import { describeOnEveryDatabase } from '../support/databases.js';

const deleted = (sessionId: string): AppEvent => ({
  name: 'session-deleted',
  organizationId: 'default',
  sessionId,
  payload: { sessionId },
});

describeOnEveryDatabase('a unit of work', (open) => {
  let db: Database;
  let units: UnitOfWork;
  let store: EventStore;
  let published: AppEvent[];
  const storedEvents = (seq: number) => store.listOfOthers(seq, 'another process', 10);

  beforeEach(async () => {
    db = await open();
    store = new EventStore(db);
    const bus = new EventBus(createLogger({ logLevel: 'silent' }));
    published = [];
    bus.subscribe((event) => published.push(event));
    units = new UnitOfWork(db, new EventLog(store, bus, systemClock));
  });

  it('keeps the change and its events together, and tells of them after the commit', async () => {
    const result = await units.run(async (tx) => {
      await knexOf(tx)('settings').insert({ key: 'a', value: '1' });
      tx.emit(deleted('s1'));
      tx.emit(deleted('s2'));
      assert.deepEqual(published, []);
      return 'done';
    });
    assert.equal(result, 'done');
    assert.deepEqual(published, [deleted('s1'), deleted('s2')]);
    const stored = await storedEvents(0);
    assert.deepEqual(
      stored.map(({ event }) => [event?.name, event?.sessionId, event?.payload]),
      [
        ['session-deleted', 's1', { sessionId: 's1' }],
        ['session-deleted', 's2', { sessionId: 's2' }],
      ],
    );
    assert.deepEqual((await storedEvents(stored[0]?.seq ?? 0)).length, 1);
  });

  it('takes both back when the work fails, and tells nobody', async () => {
    let woken = 0;
    const failing = units.run(async (tx) => {
      await knexOf(tx)('settings').insert({ key: 'a', value: '1' });
      tx.emit(deleted('s1'));
      tx.afterCommit(() => (woken += 1));
      throw new Error('no');
    });
    await assert.rejects(failing, /^Error: no$/);
    assert.deepEqual(published, []);
    assert.equal(woken, 0);
    assert.deepEqual(await db('settings').select(), []);
    assert.deepEqual(await storedEvents(0), []);
  });

  it('takes both back when the events cannot be written, and tells nobody', async () => {
    const told: AppEvent[] = [];
    const failing = new UnitOfWork(db, {
      append: async (tx) => {
        await knexOf(tx)('settings').select('key');
        throw new Error('no room for events');
      },
      publish: (event) => told.push(event),
    });
    const work = failing.run(async (tx) => {
      await knexOf(tx)('settings').insert({ key: 'a', value: '1' });
      tx.emit(deleted('s1'));
    });
    await assert.rejects(work, /^Error: no room for events$/);
    assert.deepEqual([told, await db('settings').select()], [[], []]);
  });

  it('wakes up what waits for the change, before it resolves', async () => {
    let seen = 0;
    await units.run((tx) => {
      tx.afterCommit(() => (seen += 1));
      return Promise.resolve();
    });
    assert.equal(seen, 1);
  });

  it('has woken up what waits before it tells of the events', async () => {
    const order: string[] = [];
    const telling = new UnitOfWork(db, {
      append: () => Promise.resolve(),
      publish: () => void order.push('told'),
    });
    await telling.run((tx) => {
      tx.emit(deleted('s1'));
      tx.afterCommit(() => void order.push('awake'));
      return Promise.resolve();
    });
    assert.deepEqual(order, ['awake', 'told']);
  });

  it('lets what it left behind query once it is over', async () => {
    let goOn: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => (goOn = resolve));
    let leftBehind: Promise<unknown> = Promise.resolve();
    await units.run(() => {
      leftBehind = isOver.then(() => db('settings').select());
      return Promise.resolve();
    });
    goOn();
    assert.deepEqual(await leftBehind, []);
  });

  it('refuses a query beside the transaction at once instead of hanging', async () => {
    await assert.rejects(
      units.run(async () => {
        await db('settings').select();
      }),
      /beside the transaction/,
    );
    await assert.rejects(
      units.run(() => units.run(() => Promise.resolve())),
      /beside the transaction/,
    );
    assert.deepEqual(await db('settings').select(), []);
  });

  it('lets other work query while a transaction is open', async () => {
    const inside = units.run(async (tx) => {
      await knexOf(tx)('settings').insert({ key: 'a', value: '1' });
    });
    const beside = db('settings').select();
    await Promise.all([inside, beside]);
    assert.equal((await db('settings').select()).length, 1);
  });
});
