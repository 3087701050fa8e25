import assert from 'node:assert/strict';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { systemClock } from '../../server/lib/clock.js';
import { KeyedLock } from '../../server/lib/running/keyed-lock.js';
import { createLogger } from '../../server/lib/logger.js';
import { SessionRunner } from '../../server/sessions/session-runner.js';
import { SessionsStore } from '../../server/sessions/sessions-store.js';
import { StartLimiter } from '../../server/sessions/start-limiter.js';
import type { GatewayConnection, OpenRequest } from '../../server/whatsapp/gateway.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { insertSession } from '../support/sample-rows.js';

describeOnEveryDatabase('a session whose connection was replaced', (open) => {
  it('hears nothing of the old one any more', async () => {
    const db = await open();
    await insertSession(db, { sessionId: 'acc1' });
    const logger = createLogger({ logLevel: 'silent' });
    const lock = new KeyedLock();
    const store = new SessionsStore(db);
    const opened: OpenRequest[] = [];
    const unasked = (): Promise<never> => Promise.reject(new Error('nobody was to ask for this'));
    const asked = { requestPairingCode: unasked, publishStatus: unasked, revokeStatus: unasked, logout: unasked };
    const connection: GatewayConnection = {
      ...asked,
      sendPrivately: unasked,
      markRead: unasked,
      fetchFile: unasked,
      findNumbers: unasked,
      checkNumber: unasked,
      resyncAddressBook: unasked,
      sessionId: 'acc1',
      health: () => ({ lastEventAt: null, pendingOfflineItems: 0 }) as never,
      close: () => Promise.resolve(),
    };
    const runner = new SessionRunner(
      {
        gateway: {
          open: (request) => {
            opened.push(request);
            return { ...connection };
          },
          isLinked: () => Promise.resolve(true),
          forgetOldMessages: () => Promise.resolve(0),
          forgetMessages: () => Promise.resolve(0),
          forgetPerson: () => Promise.resolve({ devices: 0, keys: 0 }),
          forget: () => Promise.reject(new Error('nothing was to be forgotten')),
          newMessageId: () => 'id',
        },
        store,
        lock,
        logger,
        bus: new EventBus(logger),
        clock: systemClock,
        node: 'a',
        unitOfWork: new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined }),
        ownership: { isStillOurs: () => Promise.resolve(true) },
        pauses: { firstMs: 1, longestMs: 1 },
        starts: new StartLimiter({ atOnce: 10, perMinute: 10 }),
        listener: {
          onReceipts: () => Promise.resolve(),
          onReplies: () => Promise.resolve(),
          onRetry: () => Promise.resolve(false),
          onAddressPairs: () => Promise.resolve(),
          onAddressBook: () => Promise.resolve(),
        },
      },
      ...(['acc1', 'default'] as const),
    );
    const connects = (count: number) =>
      eventually(() => assert.equal(opened.length, count), { what: `connection ${String(count)}` });
    const state = async (): Promise<string | undefined> => {
      // Behind what was told before.
      const record = await lock.run('acc1', () => store.find('acc1'));
      return record?.state;
    };
    await runner.start();
    await connects(1);
    await runner.restart();
    await connects(2);
    const [old, present] = opened;
    const account = { jid: '4915123456789@s.whatsapp.net', lid: null, pushName: null, platform: null };
    present?.listener.onEvent({ type: 'open', account } as never);
    assert.equal(await state(), 'connected');
    const end = { code: 401, reason: 'late', message: 'Late.', remedy: 'None.', retryAfterMs: null };
    old?.listener.onEvent({ type: 'closed', action: 'unlink', ...end } as never);
    assert.equal(await state(), 'connected');
    assert.notEqual(runner.usableConnection, undefined);
    await runner.shutDown();
  });
});
