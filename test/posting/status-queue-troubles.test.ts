import assert from 'node:assert/strict';
import { AppError } from '../../server/lib/app-error.js';
import type { PublishOutcome } from '../../server/whatsapp/gateway.js';
import { eventually } from '../support/eventually.js';
import { acknowledged, one, openQueue, two, type OpenQueue } from './open-queue.js';

describe('the status queue in trouble', () => {
  let q: OpenQueue;
  beforeEach(async () => {
    q = await openQueue();
  });
  afterEach(() => q.close());

  it('gives up what stumbles ten times, with a reason, and is told of it once', async () => {
    await q.enqueue();
    let stumbles = 0;
    q.posting.settle = () => {
      stumbles += 1;
      return Promise.reject(new TypeError('secret of the code'));
    };
    await q.queue.start();
    await q.becomes('failed');
    const { error } = await q.read();
    assert.equal(error?.code, 'internal_error');
    assert.match(error.message, /It was tried 10 times\.$/);
    assert.doesNotMatch(error.message, /secret/);
    assert.deepEqual([stumbles, q.logged.length], [10, 1]);
  });

  it('never gives up what may pass, and begins to count anew once something went well', async () => {
    await q.enqueue();
    const settle = q.posting.settle.bind(q.posting);
    let stumbles = 0;
    q.posting.settle = (...of) => {
      stumbles += 1;
      return stumbles < 15 ? Promise.reject(new AppError('unavailable', 'Too busy.')) : settle(...of);
    };
    await q.queue.start();
    await q.becomes('sent');
    assert.deepEqual([stumbles, q.logged.length], [15, 1]);
    await q.db('statuses').update({ state: 'queued' });
    stumbles = 13;
    q.queue.wake('acc1');
    await q.becomes('sent');
    assert.equal(q.logged.length, 2, 'what stumbles after a success is news');
  });

  it('gives up a deletion that stumbles, and the status stays', async () => {
    await q.enqueue([], { state: 'sent' });
    await q.services.changes.delete('acc1', 'S1');
    q.services.deletions.settle = () => Promise.reject(new TypeError('a bug'));
    await q.queue.start();
    await eventually(async () => assert.equal((await q.read()).deletingSince, null));
    assert.deepEqual([(await q.read()).state, (await q.read()).deletionError?.code], ['sent', 'internal_error']);
  });

  it('takes a status back after the attempts that WhatsApp does not confirm, and its pace learns of each', async () => {
    await q.enqueue([], { state: 'sent' });
    await q.services.changes.delete('acc1', 'S1');
    const unconfirmed: PublishOutcome = { result: 'unconfirmed', connectionLost: false, recipients: [] };
    let attempts = 0;
    q.revoke = () => Promise.resolve((attempts += 1) < 3 ? unconfirmed : acknowledged);
    await q.queue.start();
    await q.becomes('deleted');
    assert.deepEqual(
      q.learnt.map(({ result }) => result),
      ['unconfirmed', 'unconfirmed', 'acknowledged'],
    );
  });

  it('takes back what it stopped in the middle, and that is no failure', async () => {
    await q.enqueue([one, two]);
    q.publish = async ({ onChunk }) => {
      await q.services.changes.delete('acc1', 'S1');
      await onChunk?.({ recipients: [{ person: one, outcome: 'included' }], at: new Date() });
      return acknowledged;
    };
    await q.queue.start();
    await q.becomes('deleted');
    assert.deepEqual(q.logged, []);
    assert.equal((await q.services.statuses.getRecord('acc1', 'S1')).attempts, 1);
  });

  it('finishes one of which nobody is open, as the attempt before did not', async () => {
    await q.enqueue([one], { state: 'sending' });
    await q.db('status_recipients').update({ outcome: 'included', sent_at: 1 });
    const requests: [number, boolean | undefined][] = [];
    q.publish = ({ recipients, resumed }) => {
      requests.push([recipients.length, resumed]);
      return Promise.resolve(acknowledged);
    };
    await q.queue.start();
    await q.becomes('sent');
    assert.deepEqual(requests, [[0, true]]);
  });

  it('tells how far a post is over all attempts, and its end at once', async () => {
    await q.enqueue([one, two, { phoneNumber: '491700000003', lid: null }], { state: 'sending' });
    await q.db('status_recipients').where({ position: 0 }).update({ outcome: 'included', sent_at: 1 });
    q.publish = ({ onProgress }) => {
      for (const done of [0, 1, 2]) onProgress?.({ done, total: 2 });
      return Promise.resolve(acknowledged);
    };
    await q.queue.start();
    await q.becomes('sent');
    const done = q.services.events.flatMap((event) => (event.name === 'status-progress' ? [event.payload.done] : []));
    assert.deepEqual(done, [0, 1, 3], 'taken into work, begun, at its end');
  });

  it('has written what a post waits for before it is settled', async () => {
    await q.enqueue();
    const order: string[] = [];
    const settle = q.posting.settle.bind(q.posting);
    q.posting.tellWaiting = async () => {
      await new Promise(setImmediate);
      order.push('told');
    };
    q.posting.settle = (...of) => {
      order.push('settled');
      return settle(...of);
    };
    q.publish = ({ onWaiting }) => {
      onWaiting?.(null);
      return Promise.resolve(acknowledged);
    };
    await q.queue.start();
    await q.becomes('sent');
    assert.deepEqual(order, ['told', 'settled']);
  });

  it('leaves what its stop kept from leaving for the next start', async () => {
    await q.enqueue();
    let answer: (outcome: PublishOutcome) => void = () => undefined;
    const began = new Promise<void>((resolve) => {
      q.publish = () => {
        resolve();
        return new Promise((settle) => (answer = settle));
      };
    });
    await q.queue.start();
    await began;
    const stopped = q.queue.stop();
    answer({ result: 'not_sent', reason: 'the connection was lost', connectionLost: false, recipients: [] });
    await stopped;
    assert.equal((await q.read()).state, 'sending');
  });

  it('looks once more when it was woken while it found nothing', async () => {
    q.wait = () => {
      if (q.looks === 1) q.queue.wake('acc1');
      return 'nothing_to_do';
    };
    await q.queue.start();
    q.queue.wake('acc1');
    await q.queue.drain();
    assert.equal(q.looks, 2);
  });

  it('looks at a long wait again and again, because clocks can be set', async () => {
    await q.enqueue();
    q.queue = q.newQueue({ longestWaitMs: 1 });
    q.wait = () => (q.looks < 4 ? 3_600_000 : undefined);
    await q.queue.start();
    await q.becomes('sent');
    assert.ok(q.looks >= 4);
  });

  it('does not cut a pause short when it looks for work', async () => {
    await q.enqueue();
    q.wait = () => 3_600_000;
    await q.queue.start();
    await q.queue.drain();
    await q.queue.takeUp();
    await q.queue.drain();
    assert.equal(q.looks, 1);
    q.queue.wake('acc1');
    await q.queue.drain();
    assert.equal(q.looks, 2, 'whoever accepts something wakes it all the same');
  });
});
