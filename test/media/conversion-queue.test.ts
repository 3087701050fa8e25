import assert from 'node:assert/strict';
import { AppError } from '../../server/lib/app-error.js';
import { ConversionQueue } from '../../server/media/conversion-queue.js';

describe('the queue of conversions', () => {
  const never = new AbortController().signal;

  function job(): { work: () => Promise<string>; finish: () => void } {
    let finish: () => void = () => undefined;
    const done = new Promise<string>((resolve) => {
      finish = () => resolve('done');
    });
    return { work: () => done, finish };
  }

  it('runs a few at a time, in their order, and refuses what is too much', async () => {
    const queue = new ConversionQueue({ atOnce: 1, waiting: 1 });
    const order: string[] = [];
    const first = job();
    const running = queue.run(never, first.work).then(() => order.push('first'));
    const waiting = queue.run(never, async () => order.push('second'));
    await assert.rejects(
      queue.run(never, async () => 'third'),
      (error) => error instanceof AppError && error.code === 'unavailable' && error.retryAfterSeconds === 60,
    );
    assert.deepEqual(order, []);
    first.finish();
    await Promise.all([running, waiting]);
    assert.deepEqual(order, ['first', 'second']);
    assert.equal(await queue.run(never, async () => 'free again'), 'free again');
  });

  it('gives up a place when its caller leaves, and goes on after a failure', async () => {
    const queue = new ConversionQueue({ atOnce: 1, waiting: 1 });
    const first = job();
    const running = queue.run(never, async () => {
      await first.work();
      throw new Error('damaged');
    });
    const leaving = new AbortController();
    const left = queue.run(leaving.signal, async () => 'never');
    leaving.abort();
    await assert.rejects(left, /aborted/);
    const next = queue.run(never, async () => 'next');
    first.finish();
    await assert.rejects(running, /damaged/);
    assert.equal(await next, 'next');
  });

  it('ends what runs and what waits when it is stopped', async () => {
    const queue = new ConversionQueue({ atOnce: 1, waiting: 5 });
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const running = queue.run(
      never,
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('killed')));
          begin();
        }),
    );
    await begun;
    const waiting = queue.run(never, async () => 'never');
    const ends = Promise.all([assert.rejects(running, /killed/), assert.rejects(waiting, /stopping/)]);
    await queue.stop();
    await ends;
    await assert.rejects(
      queue.run(never, async () => 'late'),
      /stopping/,
    );
  });
});
