import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { AppError } from '../../server/lib/app-error.js';
import { createLogger, type Logger } from '../../server/lib/logger.js';
import { systemClock } from '../../server/lib/clock.js';
import { PostingService } from '../../server/statuses/posting-service.js';
import type { StatusRecord } from '../../server/statuses/status.js';
import { StatusQueue, type StatusQueueOptions } from '../../server/statuses/status-queue.js';
import type {
  GatewayConnection,
  PersonAddress,
  PublishOutcome,
  PublishRequest,
} from '../../server/whatsapp/gateway.js';
import { insertSession } from '../people/insert-session.js';
import { eventually } from '../support/eventually.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { insertSentStatus, openServices, type Services } from '../viewers/open-services.js';
import { TestLeaveOuts } from './leave-outs.js';

const acknowledged: PublishOutcome = { result: 'acknowledged', at: new Date('2026-03-01T10:00:00Z'), recipients: [] };
const one: PersonAddress = { phoneNumber: '491700000001', lid: null };
const two: PersonAddress = { phoneNumber: '491700000002', lid: null };

describe('the status queue in trouble', () => {
  let sqlite: TestSqlite;
  let db: Database;
  let services: Services;
  let posting: PostingService;
  let queue: StatusQueue;
  let publish: (request: PublishRequest) => Promise<PublishOutcome>;
  let revoke: () => Promise<PublishOutcome>;
  let looks: number;
  let learnt: PublishOutcome[];
  let wait: () => number | 'nothing_to_do' | undefined;
  const logged: string[] = [];

  beforeEach(async () => {
    sqlite = await openSqlite();
    db = sqlite.db;
    services = openServices(db, systemClock);
    const { statusesStore, recipients, people, unitOfWork } = services;
    posting = new PostingService(statusesStore, recipients, people, unitOfWork, systemClock, new TestLeaveOuts());
    publish = () => Promise.resolve(acknowledged);
    revoke = () => Promise.resolve(acknowledged);
    looks = 0;
    learnt = [];
    logged.length = 0;
    wait = () => undefined;
    queue = newQueue();
    await insertSession(db, 'acc1');
  });
  afterEach(async () => {
    await queue.stop();
    await sqlite.remove();
  });

  function newQueue(more: Partial<StatusQueueOptions> = {}): StatusQueue {
    const { bus, contents, deletions } = services;
    const silent = createLogger({ logLevel: 'silent' });
    const logger = Object.create(silent, {
      error: { value: (_facts: unknown, message: string) => logged.push(message) },
    }) as Logger;
    const connection: Partial<GatewayConnection> = {
      publishStatus: (request: PublishRequest) => publish(request),
      revokeStatus: () => revoke(),
    };
    return new StatusQueue({
      ...{ posting, contents, deletions, bus, logger, retryAfterMs: 0 },
      connectionOf: () => connection as GatewayConnection,
      pace: {
        waitBeforeNext: () => {
          looks += 1;
          return Promise.resolve(wait());
        },
        tellNotConnected: () => Promise.resolve(),
        learn: (_sessionId, outcome) => Promise.resolve(void learnt.push(outcome)),
        learnBan: () => Promise.resolve(),
      },
      ...more,
    });
  }
  async function enqueue(people: readonly PersonAddress[] = [], changes: Partial<StatusRecord> = {}): Promise<void> {
    const counts = { targeted: people.length, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0 };
    const state = { state: 'queued', attempts: 0, sentAt: null, expiresAt: null, counts } as const;
    const status = await insertSentStatus(services, 'S1', { ...state, ...changes });
    await services.unitOfWork.run(async (tx) => {
      await services.recipients.insert(tx, status, await services.people.resolve(tx, 'acc1', people));
    });
  }
  const read = () => services.statuses.get('acc1', 'S1');
  const becomes = (state: string) =>
    eventually(async () => {
      assert.equal((await read()).state, state);
    });

  it('gives up what stumbles ten times, with a reason, and is told of it once', async () => {
    await enqueue();
    let stumbles = 0;
    posting.settle = () => {
      stumbles += 1;
      return Promise.reject(new TypeError('secret of the code'));
    };
    await queue.start();
    await becomes('failed');
    const { error } = await read();
    assert.equal(error?.code, 'internal_error');
    assert.match(error.message, /It was tried 10 times\.$/);
    assert.doesNotMatch(error.message, /secret/);
    assert.deepEqual([stumbles, logged.length], [10, 1]);
  });

  it('never gives up what may pass, and begins to count anew once something went well', async () => {
    await enqueue();
    const settle = posting.settle.bind(posting);
    let stumbles = 0;
    posting.settle = (...of) => {
      stumbles += 1;
      return stumbles < 15 ? Promise.reject(new AppError('unavailable', 'Too busy.')) : settle(...of);
    };
    await queue.start();
    await becomes('sent');
    assert.deepEqual([stumbles, logged.length], [15, 1]);
    await db('statuses').update({ state: 'queued' });
    stumbles = 13;
    queue.wake('acc1');
    await becomes('sent');
    assert.equal(logged.length, 2, 'what stumbles after a success is news');
  });

  it('gives up a deletion that stumbles, and the status stays', async () => {
    await enqueue([], { state: 'sent' });
    await services.changes.delete('acc1', 'S1');
    services.deletions.settle = () => Promise.reject(new TypeError('a bug'));
    await queue.start();
    await eventually(async () => assert.equal((await read()).deletingSince, null));
    assert.deepEqual([(await read()).state, (await read()).deletionError?.code], ['sent', 'internal_error']);
  });

  it('takes a status back after the attempts that WhatsApp does not confirm, and its pace learns of each', async () => {
    await enqueue([], { state: 'sent' });
    await services.changes.delete('acc1', 'S1');
    const unconfirmed: PublishOutcome = { result: 'unconfirmed', connectionLost: false, recipients: [] };
    let attempts = 0;
    revoke = () => Promise.resolve((attempts += 1) < 3 ? unconfirmed : acknowledged);
    await queue.start();
    await becomes('deleted');
    assert.deepEqual(
      learnt.map(({ result }) => result),
      ['unconfirmed', 'unconfirmed', 'acknowledged'],
    );
  });

  it('takes back what it stopped in the middle, and that is no failure', async () => {
    await enqueue([one, two]);
    publish = async ({ onChunk }) => {
      await services.changes.delete('acc1', 'S1');
      await onChunk?.({ recipients: [{ person: one, outcome: 'included' }], at: new Date() });
      return acknowledged;
    };
    await queue.start();
    await becomes('deleted');
    assert.deepEqual(logged, []);
    assert.equal((await services.statuses.getRecord('acc1', 'S1')).attempts, 1);
  });

  it('finishes one of which nobody is open, as the attempt before did not', async () => {
    await enqueue([one], { state: 'sending' });
    await db('status_recipients').update({ outcome: 'included', sent_at: 1 });
    const requests: [number, boolean | undefined][] = [];
    publish = ({ recipients, resumed }) => {
      requests.push([recipients.length, resumed]);
      return Promise.resolve(acknowledged);
    };
    await queue.start();
    await becomes('sent');
    assert.deepEqual(requests, [[0, true]]);
  });

  it('tells how far a post is over all attempts, and its end at once', async () => {
    await enqueue([one, two, { phoneNumber: '491700000003', lid: null }], { state: 'sending' });
    await db('status_recipients').where({ position: 0 }).update({ outcome: 'included', sent_at: 1 });
    publish = ({ onProgress }) => {
      for (const done of [0, 1, 2]) onProgress?.({ done, total: 2 });
      return Promise.resolve(acknowledged);
    };
    await queue.start();
    await becomes('sent');
    const done = services.events.flatMap((event) => (event.name === 'status-progress' ? [event.payload.done] : []));
    assert.deepEqual(done, [0, 1, 3], 'taken into work, begun, at its end');
  });

  it('has written what a post waits for before it is settled', async () => {
    await enqueue();
    const order: string[] = [];
    const settle = posting.settle.bind(posting);
    posting.tellWaiting = async () => {
      await new Promise(setImmediate);
      order.push('told');
    };
    posting.settle = (...of) => {
      order.push('settled');
      return settle(...of);
    };
    publish = ({ onWaiting }) => {
      onWaiting?.(null);
      return Promise.resolve(acknowledged);
    };
    await queue.start();
    await becomes('sent');
    assert.deepEqual(order, ['told', 'settled']);
  });

  it('leaves what its stop kept from leaving for the next start', async () => {
    await enqueue();
    let answer: (outcome: PublishOutcome) => void = () => undefined;
    const began = new Promise<void>((resolve) => {
      publish = () => {
        resolve();
        return new Promise((settle) => (answer = settle));
      };
    });
    await queue.start();
    await began;
    const stopped = queue.stop();
    answer({ result: 'not_sent', reason: 'the connection was lost', connectionLost: false, recipients: [] });
    await stopped;
    assert.equal((await read()).state, 'sending');
  });

  it('looks once more when it was woken while it found nothing', async () => {
    wait = () => {
      if (looks === 1) queue.wake('acc1');
      return 'nothing_to_do';
    };
    await queue.start();
    queue.wake('acc1');
    await queue.drain();
    assert.equal(looks, 2);
  });

  it('looks at a long wait again and again, because clocks can be set', async () => {
    await enqueue();
    queue = newQueue({ longestWaitMs: 1 });
    wait = () => (looks < 4 ? 3_600_000 : undefined);
    await queue.start();
    await becomes('sent');
    assert.ok(looks >= 4);
  });

  it('does not cut a pause short when it looks for work', async () => {
    await enqueue();
    wait = () => 3_600_000;
    await queue.start();
    await queue.drain();
    await queue.takeUp();
    await queue.drain();
    assert.equal(looks, 1);
    queue.wake('acc1');
    await queue.drain();
    assert.equal(looks, 2, 'whoever accepts something wakes it all the same');
  });
});
