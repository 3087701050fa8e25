import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { AppEvent, EventPayload } from '../../server/contract/events.js';
import { AppError } from '../../server/lib/app-error.js';
import type { PublishOutcome } from '../../server/whatsapp/gateway.js';
import { eventually } from '../support/eventually.js';
import { insertSentStatus } from '../support/open-services.js';
import { acknowledged, one, openQueue, two, type OpenQueue } from './open-queue.js';

describe('the status queue of an account', () => {
  let q: OpenQueue;
  beforeEach(async () => {
    q = await openQueue();
  });
  afterEach(() => q.close());

  const connectionEvent = (payload: Partial<EventPayload<'connection-status'>>): AppEvent => ({
    name: 'connection-status',
    organizationId: 'default',
    sessionId: 'acc1',
    payload: {
      sessionId: 'acc1',
      connected: false,
      status: 'disconnected',
      ownNumber: null,
      lastError: null,
      nextRetryAt: null,
      ...payload,
    },
  });

  it('learns of a temporary ban from the end of a connection, and of no other end', async () => {
    const bans: unknown[] = [];
    const learnBan = (...of: unknown[]) => Promise.resolve(void bans.push(of));
    q.queue = q.newQueue({ pace: { ...q.quietPace(), learnBan } });
    await q.queue.start();
    const nextRetryAt = '2026-03-01T12:00:00.000Z';
    const ended = (code: number, changes: object = {}) => {
      const lastError = { code, reason: 'x', message: 'x', at: nextRetryAt } as never;
      q.services.bus.publish(connectionEvent({ lastError, nextRetryAt, ...changes }));
    };
    ended(503);
    ended(402, { nextRetryAt: null });
    ended(402, { connected: true });
    q.services.bus.publish(connectionEvent({ nextRetryAt }));
    assert.deepEqual(bans, []);
    ended(402);
    assert.deepEqual(bans, [['acc1', new Date(nextRetryAt)]]);
    await q.queue.stop();
    ended(402);
    assert.equal(bans.length, 1, 'it hears nothing any more');
  });

  it('says on what waits that the account is not connected, and asks nothing else', async () => {
    await q.enqueue();
    const told: string[] = [];
    const pace = {
      ...q.quietPace(),
      tellNotConnected: (sessionId: string) => Promise.resolve(void told.push(sessionId)),
    };
    q.queue = q.newQueue({ connectionOf: () => undefined, pace });
    await q.queue.start();
    await q.queue.drain();
    assert.deepEqual([told, q.looks, (await q.read()).state], [['acc1'], 0, 'queued']);
  });

  it('goes to the own devices alone, and to nobody else, where it was meant for nobody else', async () => {
    await q.enqueue();
    const requests: unknown[] = [];
    q.publish = ({ messageId, recipients, resumed }) => {
      requests.push([messageId, recipients, resumed]);
      return Promise.resolve(acknowledged);
    };
    await q.queue.start();
    await q.becomes('sent');
    assert.deepEqual(requests, [['3EB0S1', [], false]]);
  });

  it('has failed without a word to WhatsApp where everybody was left out, and what comes next goes out', async () => {
    await q.enqueue([one]);
    await q.db('status_recipients').update({ outcome: 'opted_out' });
    await insertSentStatus(q.services, 'S2', { state: 'queued', attempts: 0, sentAt: null, expiresAt: null });
    const posted: string[] = [];
    q.publish = ({ messageId }) => {
      posted.push(messageId);
      return Promise.resolve(acknowledged);
    };
    await q.queue.start();
    await q.queue.drain();
    assert.deepEqual([(await q.read()).error?.code, posted], ['empty_audience', ['3EB0S2']]);
  });

  it('has failed without a word to WhatsApp where its file is gone', async () => {
    await q.enqueue([], { type: 'image', content: 'a.jpg' });
    q.publish = () => Promise.reject(new Error('It was posted.'));
    await q.queue.start();
    await q.becomes('failed');
    const { state, attempts, errorCode } = await q.services.statuses.getRecord('acc1', 'S1');
    assert.deepEqual([state, attempts, errorCode], ['failed', 1, 'media_missing']);
    assert.deepEqual(q.logged, []);
  });

  it('tells the connection who must not get it, and whom the account shows statuses to', async () => {
    await q.enqueue([one, two]);
    q.leaveOuts.optedOut = [two.phoneNumber ?? ''];
    q.leaveOuts.phoneList = { mode: 'denylist', people: [] };
    const said: unknown[] = [];
    q.publish = async ({ recipients, leftOut, setting }) => {
      const addressees = recipients.map((person) => ({ person, address: person }));
      said.push(
        [...((await leftOut?.(addressees)) ?? [])].map(({ phoneNumber }) => phoneNumber),
        await setting?.(),
      );
      return acknowledged;
    };
    await q.queue.start();
    await q.becomes('failed');
    assert.deepEqual(said, [[two.phoneNumber], 'denylist']);
  });

  it('is tried again after each end that asks for it: put back, not connected, taken back in part', async () => {
    await q.enqueue([one]);
    const ends: (() => Promise<PublishOutcome>)[] = [
      () => Promise.resolve({ result: 'not_sent', reason: '', connectionLost: true, recipients: [] }),
      () => Promise.reject(new AppError('not_connected', 'The account is not connected.')),
      () => Promise.resolve({ ...acknowledged, recipients: [{ person: one, outcome: 'included' }] }),
    ];
    q.publish = () => (ends.shift() ?? (() => Promise.reject(new Error('once more'))))();
    await q.queue.start();
    await q.becomes('sent');
    assert.deepEqual(
      q.learnt.map(({ result }) => result),
      ['not_sent', 'acknowledged'],
    );
    const revokes: (() => Promise<PublishOutcome>)[] = [
      () => Promise.reject(new AppError('not_connected', 'The account is not connected.')),
      () => Promise.resolve({ result: 'unconfirmed', connectionLost: true, recipients: [] }),
      () => Promise.resolve(acknowledged),
    ];
    q.revoke = () => (revokes.shift() ?? (() => Promise.reject(new Error('once more'))))();
    await q.services.changes.delete('acc1', 'S1');
    q.queue.wake('acc1');
    await q.becomes('deleted');
    const { revokeAttempts } = await q.services.statuses.getRecord('acc1', 'S1');
    assert.equal(revokeAttempts, 1, 'what says nothing about the answer of WhatsApp does not count');
  });

  it('goes on with the next at once after one that it gave up', async () => {
    await q.enqueue();
    await insertSentStatus(q.services, 'S2', { state: 'queued', attempts: 0, sentAt: null, expiresAt: null });
    const settle = q.posting.settle.bind(q.posting);
    q.posting.settle = (status, outcome) =>
      status.id === 'S1' ? Promise.reject(new TypeError('a bug')) : settle(status, outcome);
    await q.queue.start();
    await q.becomes('failed');
    await eventually(async () => assert.equal((await q.services.statuses.get('acc1', 'S2')).state, 'sent'));
  });

  describe('that is stopped', () => {
    const waiting = () => {
      let answer: (outcome: PublishOutcome) => void = () => undefined;
      const began = new Promise<void>((resolve) => {
        q.publish = q.revoke = () => {
          resolve();
          return new Promise((settle) => (answer = settle));
        };
      });
      return { began, answer: (outcome: PublishOutcome) => answer(outcome) };
    };
    const unconfirmed: PublishOutcome = { result: 'unconfirmed', connectionLost: true, recipients: [] };

    it('finishes what is on its way, and begins nothing more, whoever wakes it', async () => {
      await q.enqueue();
      await insertSentStatus(q.services, 'S2', { state: 'queued', attempts: 0, sentAt: null, expiresAt: null });
      const { began, answer } = waiting();
      await q.queue.start();
      await began;
      const stopped = q.queue.stop();
      answer(acknowledged);
      await stopped;
      q.queue.wake('acc1');
      q.services.bus.publish(connectionEvent({ connected: true, status: 'connected' }));
      await q.queue.drain();
      assert.deepEqual(
        [(await q.read()).state, (await q.services.statuses.get('acc1', 'S2')).state],
        ['sent', 'queued'],
      );
    });

    it('leaves a deletion that it cut short for the next start', async () => {
      await q.enqueue([], { state: 'sent' });
      await q.services.changes.delete('acc1', 'S1');
      const { began, answer } = waiting();
      await q.queue.start();
      await began;
      const stopped = q.queue.stop();
      answer({ ...unconfirmed, connectionLost: false });
      await stopped;
      const { deleteRequestedAt, deletionError, revokeAttempts } = await q.services.statuses.getRecord('acc1', 'S1');
      assert.deepEqual([deleteRequestedAt !== null, deletionError, revokeAttempts], [true, null, 1]);
      assert.deepEqual(q.learnt, []);
    });

    it('waits for a post that never ends for a while, and not for ever', async () => {
      await q.enqueue();
      const { began, answer } = waiting();
      await q.queue.start();
      await began;
      mock.timers.enable({ apis: ['setTimeout'] });
      try {
        const stopped = q.queue.stop();
        mock.timers.tick(3_000);
        await stopped;
      } finally {
        mock.timers.reset();
      }
      assert.equal((await q.read()).state, 'sending');
      answer(unconfirmed);
      await q.queue.drain();
    });
  });
});
