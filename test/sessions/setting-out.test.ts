import assert from 'node:assert/strict';
import { ApiKeys } from '../../server/access/api-keys-service.js';
import { ApiKeysStore } from '../../server/access/api-keys-store.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { EventLog } from '../../server/events/event-log.js';
import { EventStore } from '../../server/events/event-store.js';
import { systemClock } from '../../server/lib/clock.js';
import { createLogger } from '../../server/lib/logger.js';
import { Ownership } from '../../server/sessions/ownership.js';
import { OwnershipStore } from '../../server/sessions/ownership-store.js';
import { SessionsService } from '../../server/sessions/sessions-service.js';
import { SessionsStore } from '../../server/sessions/sessions-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/sample-rows.js';

describeOnEveryDatabase('accounts set out after a restart', (open) => {
  it('the start of the server does not wait for them; until they are back, they are said to connect', async () => {
    const db = await open();
    for (const sessionId of ['one', 'two', 'three']) await insertSession(db, { sessionId });
    await db('sessions').update({ state: 'connected', desired_state: 'started' });
    const asked: string[] = [];
    let answer: (isLinked: boolean) => void = () => undefined;
    const logger = createLogger({ logLevel: 'silent' });
    const bus = new EventBus(logger);
    const unitOfWork = new UnitOfWork(db, new EventLog(new EventStore(db), bus, systemClock));
    const ownership = new Ownership(new OwnershipStore(db), { node: 'a', leaseMs: 60_000, logger });
    const sessions = new SessionsService({
      gateway: {
        open: () => assert.fail('no socket was to be opened'),
        isLinked: (sessionId) => {
          asked.push(sessionId);
          return new Promise((resolve) => (answer = resolve));
        },
        forget: () => Promise.resolve(),
        newMessageId: () => 'id',
      },
      store: new SessionsStore(db),
      apiKeys: new ApiKeys(new ApiKeysStore(db), unitOfWork, systemClock, logger),
      ownership,
      unitOfWork,
      bus,
      clock: systemClock,
      logger,
      node: 'a',
      pauses: { firstMs: 1, longestMs: 1 },
      starts: { atOnce: 10, perMinute: 10 },
      listener: {
        onReceipts: () => Promise.resolve(),
        onRetry: () => Promise.resolve(false),
        onAddressPairs: () => Promise.resolve(),
        onAddressBook: () => Promise.resolve(),
      },
    });
    ownership.start();
    await sessions.start();
    assert.deepEqual(asked, ['one'], 'the first one sets out, and its answer is not waited for');
    assert.deepEqual(await db('sessions').distinct('state'), [{ state: 'connecting' }]);
    const stopped = sessions.stop();
    answer(false);
    await stopped;
    await ownership.stop();
    assert.deepEqual(asked, ['one'], 'a server that stops lets no more of them set out');
  });
});
