import assert from 'node:assert/strict';
import { ApiKeys } from '../../server/access/api-keys-service.js';
import { ApiKeysStore } from '../../server/access/api-keys-store.js';
import { rootPrincipal } from '../../server/access/principal.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { EventLog } from '../../server/events/event-log.js';
import { EventStore } from '../../server/events/event-store.js';
import { systemClock } from '../../server/lib/clock.js';
import { createLogger } from '../../server/lib/logger.js';
import { Ownership } from '../../server/sessions/ownership.js';
import { OwnershipStore } from '../../server/sessions/ownership-store.js';
import { createSessions } from '../../server/sessions/create-sessions.js';
import { SessionsStore } from '../../server/sessions/sessions-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { insertSession } from '../support/sample-rows.js';
import { quotasWith } from '../support/quotas.js';

describeOnEveryDatabase('accounts set out after a restart', (open) => {
  it('the start of the server does not wait for them; what was true before it is not said any more', async () => {
    const db = await open();
    const sessionIds = Array.from({ length: 9 }, (_, index) => `acc${String(index)}`);
    for (const sessionId of sessionIds) await insertSession(db, { sessionId });
    await db('sessions').update({ state: 'connected', desired_state: 'started' });
    await db('sessions').where({ session_id: 'acc8' }).update({ state: 'waiting_for_qr' });
    const asked: string[] = [];
    const answers: ((isLinked: boolean) => void)[] = [];
    const logger = createLogger({ logLevel: 'silent' });
    const bus = new EventBus(logger);
    const unitOfWork = new UnitOfWork(db, new EventLog(new EventStore(db), bus, systemClock));
    const ownership = new Ownership(new OwnershipStore(db), { node: 'a', leaseMs: 60_000, logger });
    const { running, accounts } = createSessions({
      quotas: quotasWith(),
      gateway: {
        open: () => assert.fail('no socket was to be opened'),
        isLinked: (sessionId) => {
          asked.push(sessionId);
          return new Promise((resolve) => answers.push(resolve));
        },
        forget: () => Promise.resolve(),
        forgetOldMessages: () => Promise.resolve(0),
        forgetMessages: () => Promise.resolve(0),
        forgetPerson: () => Promise.resolve({ devices: 0, keys: 0 }),
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
        onReplies: () => Promise.resolve(),
        onRetry: () => Promise.resolve(false),
        onAddressPairs: () => Promise.resolve(),
        onAddressBook: () => Promise.resolve(),
      },
    });
    ownership.start();
    await running.start();
    assert.deepEqual(asked, [], 'it does not wait for them');
    const heard = await db('sessions').whereIn('state', ['connected', 'waiting_for_qr']).pluck('session_id');
    assert.deepEqual(heard, [], 'nobody hears of a connection or of a code of before');
    assert.equal(accounts.accountsToStart(rootPrincipal), 9);
    await eventually(() => assert.equal(asked.length, 4, 'the first ones set out'));
    const stopped = running.stop();
    for (const answer of answers) answer(false);
    await stopped;
    await running.drain();
    await ownership.stop();
    assert.equal(accounts.accountsToStart(rootPrincipal), 0);
    assert.equal(asked.length, 4, 'a server that stops lets no more of them set out');
  });
});
