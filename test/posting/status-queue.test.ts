import assert from 'node:assert/strict';
import path from 'node:path';
import { openDatabase, type Database } from '../../server/db/database.js';
import { AppError } from '../../server/lib/app-error.js';
import { systemClock } from '../../server/lib/clock.js';
import { openPace } from '../../server/pace/pace.js';
import { PaceService } from '../../server/pace/pace-service.js';
import { PaceStore } from '../../server/pace/pace-store.js';
import type { PostingService } from '../../server/posting/posting-service.js';
import { StatusQueue } from '../../server/posting/status-queue.js';
import type { GatewayConnection, PublishOutcome, PublishRequest } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { eventually } from '../support/eventually.js';
import { makeTempDir } from '../support/temp-dir.js';
import { insertSentStatus, openServices, type Services } from '../support/open-services.js';
import { postingOf } from './open-posting.js';

type Answer = (request: PublishRequest) => Promise<PublishOutcome>;
const acknowledged: PublishOutcome = { result: 'acknowledged', at: new Date('2026-03-01T10:00:00Z'), recipients: [] };

/** A connection that answers as the test says: for what a simulator cannot time, such as a close between two steps. */
function connectionThat(publishStatus: Answer): GatewayConnection {
  const unused = () => Promise.reject(new Error('not part of this test'));
  return {
    sessionId: 'acc1',
    health: () => ({ lastEventAt: null, lastAckAt: null, decryptFailures: 0, pendingOfflineItems: 0 }),
    publishStatus,
    revokeStatus: () => Promise.reject(new Error('not used here')),
    requestPairingCode: unused,
    sendPrivately: unused,
    markRead: unused,
    fetchFile: unused,
    findNumbers: unused,
    checkNumber: unused,
    resyncAddressBook: unused,
    logout: unused,
    close: () => Promise.resolve(),
  };
}

describe('the status queue', () => {
  let folder: { dir: string; remove: () => Promise<void> };
  let db: Database;
  let services: Services;
  let queue: StatusQueue;
  let posting: PostingService;
  let connections: Map<string, GatewayConnection>;

  beforeEach(async () => {
    folder = await makeTempDir();
    db = await openDatabase({ file: path.join(folder.dir, 'test.sqlite') });
    services = openServices(db, systemClock);
    posting = postingOf(services);
    connections = new Map();
    queue = newQueue();
    await insertSession(db, 'acc1');
  });

  afterEach(async () => {
    await queue.stop();
    await db.destroy();
    await folder.remove();
  });

  function newQueue(): StatusQueue {
    const { bus, logger, contents, deletions } = services;
    const pace = new PaceService(new PaceStore(db), services.steps, services.unitOfWork, systemClock, openPace);
    const connectionOf = (id: string) => connections.get(id);
    return new StatusQueue({ posting, contents, deletions, pace, connectionOf, bus, logger, retryAfterMs: 20 });
  }
  const enqueue = (id: string, state: 'queued' | 'sending' = 'queued', sessionId = 'acc1') =>
    insertSentStatus(services, id, { state, sessionId, attempts: 0, sentAt: null, expiresAt: null });
  const stateOf = async (id: string) => (await services.statuses.get('acc1', id)).state;

  it('posts one status of a session at a time, in their order, and sessions beside each other', async () => {
    await insertSession(db, 'acc2');
    const order: string[] = [];
    let running = 0;
    let otherBegan: () => void = () => undefined;
    const other = new Promise<void>((resolve) => {
      otherBegan = resolve;
    });
    connections.set(
      'acc1',
      connectionThat(async ({ messageId }) => {
        assert.equal((running += 1), 1);
        order.push(messageId);
        // Only a queue that works both sessions at once gets past this.
        await other;
        running -= 1;
        return acknowledged;
      }),
    );
    connections.set(
      'acc2',
      connectionThat(() => {
        otherBegan();
        return Promise.resolve(acknowledged);
      }),
    );
    for (const id of ['A1', 'A2', 'A3']) await enqueue(id);
    await queue.start();
    await enqueue('B1', 'queued', 'acc2');
    queue.wake('acc2');
    for (let turn = 0; turn < 5; turn += 1) queue.wake('acc1');
    await queue.drain();
    assert.deepEqual(order, ['3EB0A1', '3EB0A2', '3EB0A3']);
    assert.deepEqual([await stateOf('A1'), await stateOf('A3')], ['sent', 'sent']);
  });

  it('waits while the account is not connected and posts when it is again', async () => {
    await enqueue('S1');
    await queue.start();
    await queue.drain();
    assert.equal(await stateOf('S1'), 'queued');
    connections.set(
      'acc1',
      connectionThat(() => Promise.resolve(acknowledged)),
    );
    services.bus.publish({
      name: 'connection-status',
      organizationId: 'default',
      sessionId: 'acc1',
      payload: {
        sessionId: 'acc1',
        connected: true,
        status: 'connected',
        ownNumber: null,
        lastError: null,
        nextRetryAt: null,
      },
    });
    await queue.drain();
    assert.equal(await stateOf('S1'), 'sent');
  });

  it('tries again when the connection turns out to be gone', async () => {
    await enqueue('S1');
    let attempts = 0;
    connections.set(
      'acc1',
      connectionThat(() => {
        attempts += 1;
        if (attempts < 3) return Promise.reject(new AppError('not_connected', 'The account is not connected.'));
        return Promise.resolve(acknowledged);
      }),
    );
    await queue.start();
    await eventually(async () => (await stateOf('S1')) === 'sent', { what: 'the third attempt' });
    assert.equal((await services.statuses.getRecord('acc1', 'S1')).attempts, 1);
  });

  it('takes up what an ended process left in work, under the same message id', async () => {
    await enqueue('S1', 'sending');
    const messageIds: string[] = [];
    connections.set(
      'acc1',
      connectionThat(({ messageId }) => {
        messageIds.push(messageId);
        return Promise.resolve(acknowledged);
      }),
    );
    await queue.start();
    await queue.drain();
    assert.deepEqual(messageIds, ['3EB0S1']);
    assert.equal(await stateOf('S1'), 'sent');
  });

  it('leaves a post that its stop cut short for the next start', async () => {
    await enqueue('S1');
    let close: () => void = () => undefined;
    const began = new Promise<void>((resolve) => {
      connections.set(
        'acc1',
        connectionThat(() => {
          resolve();
          return new Promise((answer) => {
            close = () => {
              answer({ result: 'unconfirmed', connectionLost: true, recipients: [] });
            };
          });
        }),
      );
    });
    await queue.start();
    await began;
    const stopped = queue.stop();
    close();
    await stopped;
    assert.equal(await stateOf('S1'), 'sending');

    connections.set(
      'acc1',
      connectionThat(() => Promise.resolve(acknowledged)),
    );
    queue = newQueue();
    await queue.start();
    await queue.drain();
    assert.equal(await stateOf('S1'), 'sent');
  });

  it('fails a status whose posting stumbles, without its inner message, and goes on with the next', async () => {
    await enqueue('S1');
    await enqueue('S2');
    connections.set(
      'acc1',
      connectionThat(({ messageId }) =>
        messageId === '3EB0S1' ? Promise.reject(new Error('secret detail')) : Promise.resolve(acknowledged),
      ),
    );
    await queue.start();
    await eventually(async () => (await stateOf('S2')) === 'sent', { what: 'the second status' });
    const failed = await services.statuses.getRecord('acc1', 'S1');
    assert.deepEqual([failed.state, failed.attempts], ['failed', 3]);
    assert.doesNotMatch(failed.errorMessage ?? '', /secret/);
  });

  it('carries style, font number, text and whether the phone’s list counts to the connection', async () => {
    await insertSentStatus(services, 'S1', {
      state: 'queued',
      content: 'héllo 👩‍👩‍👧',
      style: { backgroundColor: '#FFFFFF', font: 'calistoga' },
    });
    const audience = { kind: 'numbers', excluded: 0, storyPrivacy: 'ignore' } as const;
    await insertSentStatus(services, 'S2', { state: 'queued', audience });
    const contents: unknown[] = [];
    const lists: unknown[] = [];
    connections.set(
      'acc1',
      connectionThat(({ content, storyPrivacy }) => {
        contents.push(content);
        lists.push(storyPrivacy);
        return Promise.resolve(acknowledged);
      }),
    );
    await queue.start();
    await queue.drain();
    assert.deepEqual(lists, ['apply', 'ignore']);
    assert.deepEqual(contents.slice(0, 1), [
      { type: 'text', text: 'héllo 👩‍👩‍👧', backgroundColor: '#FFFFFF', textColor: '#1B1B1B', font: 8 },
    ]);
  });

  it('says to the connection that others have it already, of what is posted and of what is taken back', async () => {
    const people = ['491700000001', '491700000002'].map((phoneNumber) => ({ phoneNumber, lid: null }));
    const status = await enqueue('S1');
    await services.unitOfWork.run(async (tx) => {
      await services.recipients.insert(tx, status, await services.people.resolve(tx, 'acc1', people));
    });
    const toFirst = {
      recipients: [{ person: people[0] ?? { phoneNumber: null, lid: null }, outcome: 'included' }],
      at: new Date(),
    } as const;
    const asked: [string, boolean, number][] = [];
    const connection = connectionThat(async ({ resumed = false, recipients, onChunk }) => {
      asked.push(['post', resumed, recipients.length]);
      if (resumed)
        return { ...acknowledged, recipients: recipients.map((person) => ({ person, outcome: 'included' })) };
      await onChunk?.({ ...toFirst, recipients: [...toFirst.recipients] });
      return { result: 'unconfirmed', connectionLost: true, recipients: [] };
    });
    const ended = new Promise<void>((resolve) => {
      connection.revokeStatus = async ({ resumed = false, recipients, onChunk }) => {
        asked.push(['revoke', resumed, recipients.length]);
        if (resumed) {
          resolve();
          return acknowledged;
        }
        await onChunk?.({ ...toFirst, recipients: [...toFirst.recipients] });
        return { result: 'unconfirmed', connectionLost: true, recipients: [] };
      };
    });
    connections.set('acc1', connection);
    await queue.start();
    await eventually(async () => (await stateOf('S1')) === 'sent', { what: 'the second attempt' });
    await services.changes.delete('acc1', 'S1');
    queue.wake('acc1');
    await ended;
    await queue.drain();
    assert.deepEqual(asked, [
      ['post', false, 2],
      ['post', true, 1],
      ['revoke', false, 2],
      ['revoke', true, 1],
    ]);
    assert.equal(await stateOf('S1'), 'deleted');
  });
});
