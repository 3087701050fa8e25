import assert from 'node:assert/strict';
import { createLogger, type Logger } from '../../server/lib/logger.js';
import { systemClock } from '../../server/lib/clock.js';
import type { StatusRecord } from '../../server/statuses/status.js';
import { StatusQueue, type StatusQueueOptions } from '../../server/posting/status-queue.js';
import type {
  GatewayConnection,
  PersonAddress,
  PublishOutcome,
  PublishRequest,
} from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { eventually } from '../support/eventually.js';
import { openSqlite } from '../support/open-sqlite.js';
import { insertSentStatus, openServices } from '../support/open-services.js';
import { postingOf } from './open-posting.js';
import { TestLeaveOuts } from '../statuses/leave-outs.js';

export const acknowledged: PublishOutcome = {
  result: 'acknowledged',
  at: new Date('2026-03-01T10:00:00Z'),
  recipients: [],
};
export const one: PersonAddress = { phoneNumber: '491700000001', lid: null };
export const two: PersonAddress = { phoneNumber: '491700000002', lid: null };

/** The queue of an account on a real database; its connection and its pace answer as the test says. */
export async function openQueue() {
  const { db, remove } = await openSqlite();
  const services = openServices(db, systemClock);
  const { recipients, people, unitOfWork } = services;
  const leaveOuts = new TestLeaveOuts();
  const posting = postingOf(services, leaveOuts);
  const logged: string[] = [];
  await insertSession(db, 'acc1');

  function newQueue(more: Partial<StatusQueueOptions> = {}): StatusQueue {
    const { bus, contents, deletions } = services;
    const silent = createLogger({ logLevel: 'silent' });
    const logger = Object.create(silent, {
      error: { value: (_facts: unknown, message: string) => logged.push(message) },
    }) as Logger;
    const connection: Partial<GatewayConnection> = {
      publishStatus: (request: PublishRequest) => q.publish(request),
      revokeStatus: () => q.revoke(),
    };
    return new StatusQueue({
      posting,
      contents,
      deletions,
      bus,
      logger,
      retryAfterMs: 0,
      connectionOf: () => connection as GatewayConnection,
      pace: quietPace(),
      ...more,
    });
  }
  function quietPace(): StatusQueueOptions['pace'] {
    return {
      waitBeforeNext: () => {
        q.looks += 1;
        return Promise.resolve(q.wait());
      },
      tellNotConnected: () => Promise.resolve(),
      learn: (_sessionId, outcome) => Promise.resolve(void q.learnt.push(outcome)),
      learnBan: () => Promise.resolve(),
    };
  }
  const read = () => services.statuses.get('acc1', 'S1');
  const q = {
    db,
    services,
    posting,
    leaveOuts,
    logged,
    newQueue,
    quietPace,
    read,
    publish: (_request: PublishRequest): Promise<PublishOutcome> => Promise.resolve(acknowledged),
    revoke: (): Promise<PublishOutcome> => Promise.resolve(acknowledged),
    /** How often it asked whether it may post. */
    looks: 0,
    learnt: [] as PublishOutcome[],
    wait: (): number | 'nothing_to_do' | undefined => undefined,
    queue: newQueue(),
    /** Puts `S1` into the queue. */
    async enqueue(to: readonly PersonAddress[] = [], changes: Partial<StatusRecord> = {}): Promise<void> {
      const counts = { targeted: to.length, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 };
      const state = { state: 'queued', attempts: 0, sentAt: null, expiresAt: null, counts } as const;
      const status = await insertSentStatus(services, 'S1', { ...state, ...changes });
      await unitOfWork.run(async (tx) => {
        await recipients.insert(tx, status, await people.resolve(tx, 'acc1', to));
      });
    },
    becomes: (state: string) =>
      eventually(async () => {
        assert.equal((await read()).state, state);
      }),
    async close(): Promise<void> {
      await q.queue.stop();
      await remove();
    },
  };
  return q;
}

export type OpenQueue = Awaited<ReturnType<typeof openQueue>>;
