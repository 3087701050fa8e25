import assert from 'node:assert/strict';
import type { AppEvent } from '../../server/contract/events.js';
import type { Database } from '../../server/db/database.js';
import { knexOf, UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { EventLog } from '../../server/events/event-log.js';
import { EventStore } from '../../server/events/event-store.js';
import { EventTail } from '../../server/events/event-tail.js';
import { systemClock } from '../../server/lib/clock.js';
import { createLogger } from '../../server/lib/logger.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';

const gapWaitMs = 300;
const logger = createLogger({ logLevel: 'silent' });

describeOnEveryDatabase('the events of other processes', (open, engine) => {
  let db: Database;
  let here: UnitOfWork;
  let there: UnitOfWork;
  let told: AppEvent[];
  let heard: string[];
  let isWanted: boolean;
  let looks: number;
  let tail: EventTail;

  beforeEach(async () => {
    db = await open();
    const store = new EventStore(db);
    const log = (): EventLog => new EventLog(store, new EventBus(logger), systemClock);
    const own = log();
    here = new UnitOfWork(db, own);
    there = new UnitOfWork(db, log());
    [told, heard, isWanted, looks] = [[], [], true, 0];
    tail = new EventTail({
      store,
      origin: own.origin,
      isWanted: () => {
        looks += 1;
        return isWanted;
      },
      deliver: (each) => {
        told.push(each);
        heard.push(each.sessionId ?? '');
      },
      logger,
      everyMs: 10,
      gapWaitMs,
    });
    await tail.start();
  });
  afterEach(() => tail.stop());

  const event = (sessionId: string): AppEvent => ({
    name: 'statuses-updated',
    organizationId: 'default',
    sessionId,
    payload: { sessionId },
  });
  const emit = (units: UnitOfWork, ...names: string[]): Promise<void> =>
    units.run((tx) => {
      for (const name of names) tx.emit(event(name));
      return Promise.resolve();
    });
  const hears = (...names: string[]): Promise<void> =>
    eventually(() => assert.deepEqual(heard, names), { what: names.join() });
  async function turns(count: number): Promise<void> {
    const before = looks;
    await eventually(() => looks >= before + count);
  }

  it('are heard once, in their order; the own ones are not', async () => {
    await emit(there, 'a', 'b');
    await emit(here, 'own');
    await emit(there, 'c');
    await hears('a', 'b', 'c');
    await turns(3);
    await hears('a', 'b', 'c');
  });

  it('are what the others told, also of what belongs to no account', async () => {
    const ofAll: AppEvent = {
      name: 'drafts-updated',
      organizationId: 'acme',
      sessionId: null,
      payload: { organizationId: 'acme', draftId: 'd1' },
    };
    await there.run((tx) => {
      tx.emit(ofAll);
      tx.emit(event('a'));
      return Promise.resolve();
    });
    await eventually(() => assert.deepEqual(told, [ofAll, event('a')]));
  });

  it('are not heard where their name is unknown: nobody can say who may', async () => {
    await db('events').insert({ ...row('unknown'), name: 'of-a-newer-version' });
    await emit(there, 'a');
    await hears('a');
  });

  it('hold no secrets: with what is stored nobody links a phone', async () => {
    const secret: AppEvent = {
      name: 'qr-code',
      organizationId: 'default',
      sessionId: 'a',
      payload: { sessionId: 'a', qrCode: 'secret', expiresAt: '2026-01-28T10:00:00.000Z' },
    };
    const storing = there.run((tx) => {
      tx.emit(secret);
      return Promise.resolve();
    });
    await assert.rejects(storing, /qr-code/);
    assert.deepEqual(await db('events'), []);
  });

  it('are heard from the moment on that somebody wants to know', async () => {
    isWanted = false;
    await turns(2);
    await emit(there, 'before');
    await turns(3);
    isWanted = true;
    await emit(there, 'after');
    await hears('after');
  });

  it('are heard in full when many come at once', async () => {
    const names = Array.from({ length: 1_200 }, (_, index) => String(index));
    await emit(there, ...names);
    await hears(...names);
  });

  if (engine === 'postgres') {
    it('are heard when their transaction commits late, after others that began later', async () => {
      let commit: () => void = () => undefined;
      const committed = new Promise<void>((resolve) => {
        commit = resolve;
      });
      const late = db.transaction(async (trx) => {
        await trx('events').insert(row('late'));
        await committed;
      });
      await turns(2);
      await emit(there, 'early');
      await hears('early');
      commit();
      await late;
      await hears('early', 'late');
      await emit(there, 'next');
      await hears('early', 'late', 'next');
    });

    it('go on behind one that was taken back', async () => {
      const taken = there.run(async (tx) => {
        await knexOf(tx)('events').insert(row('taken back'));
        throw new Error('taken back');
      });
      await assert.rejects(taken, /taken back/);
      await emit(there, 'a');
      await hears('a');
      await emit(there, 'b');
      await hears('a', 'b');
      const startedAt = performance.now();
      await eventually(() => performance.now() - startedAt > gapWaitMs);
      await emit(there, 'c');
      await hears('a', 'b', 'c');
      const goneOnAt = performance.now();
      await eventually(() => performance.now() - goneOnAt > gapWaitMs);
      await turns(3);
      await emit(there, 'd');
      await hears('a', 'b', 'c', 'd');
    });
  }
});

function row(name: string) {
  const payload = JSON.stringify({ sessionId: name });
  return { id: name, organization_id: 'default', session_id: name, name: 'statuses-updated', payload, created_at: 1 };
}
