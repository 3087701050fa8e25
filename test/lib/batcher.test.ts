import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { AppError } from '../../server/lib/app-error.js';
import { Batcher, type BatcherOptions } from '../../server/lib/running/batcher.js';

function collecting(options: Partial<BatcherOptions<number>> & { fail?: () => boolean } = {}) {
  const batches: number[][] = [];
  let running = 0;
  const batcher = new Batcher<number>({
    name: 'The test batcher',
    maxDelayMs: 20,
    maxItems: 100,
    maxPending: 1_000,
    ...options,
    flush: async (items) => {
      running += 1;
      assert.equal(running, 1, 'one batch at a time');
      await new Promise((resolve) => setImmediate(resolve));
      batches.push(items);
      running -= 1;
      if (options.fail?.() === true) throw new Error('no');
    },
  });
  return { batcher, batches };
}

describe('a batcher', () => {
  it('writes what came together in one batch, and tells each when it is written', async () => {
    const { batcher, batches } = collecting();
    await Promise.all([batcher.add(1), batcher.add(2), batcher.add(3)]);
    assert.deepEqual(batches, [[1, 2, 3]]);
  });

  it('does not wait once a batch is full, and keeps the order', async () => {
    const { batcher, batches } = collecting({ maxItems: 2, maxDelayMs: 1_000_000 });
    await Promise.all([1, 2, 3, 4].map((item) => batcher.add(item)));
    const last = batcher.add(5);
    assert.deepEqual(batches, [
      [1, 2],
      [3, 4],
    ]);
    await batcher.stop();
    await last;
    assert.deepEqual(batches.at(-1), [5]);
  });

  it('writes all that waits when it is drained or stopped, and takes nothing afterwards', async () => {
    const { batcher, batches } = collecting();
    const first = batcher.add(1);
    await batcher.drain();
    await first;
    const second = batcher.add(2);
    await batcher.stop();
    await second;
    assert.deepEqual(batches, [[1], [2]]);
    await assert.rejects(batcher.add(3), AppError);
  });

  const ofTens = { partyOf: (item: number) => String(Math.floor(item / 10)) };

  it('takes turns between parties, and writes what fits together', async () => {
    const { batcher, batches } = collecting({ ...ofTens, maxItems: 3, maxDelayMs: 1_000_000 });
    const added = [10, 11, 12, 13, 14, 15, 16, 20, 21, 30].map((item) => batcher.add(item));
    await batcher.drain();
    await Promise.all(added);
    assert.deepEqual(batches, [[10, 11, 12], [13, 14, 15], [20, 21, 30], [16]]);
  });

  it('refuses what is too much of one party, and nothing of another', async () => {
    const { batcher } = collecting({ ...ofTens, maxPendingOfOne: 2, maxPending: 4 });
    const taken = [batcher.add(10), batcher.add(11)];
    await assert.rejects(batcher.add(12), { code: 'unavailable' });
    taken.push(batcher.add(20), batcher.add(30));
    await assert.rejects(batcher.add(40), { code: 'unavailable' });
    await Promise.all(taken);
    await Promise.all([batcher.add(12), batcher.add(13)]);
  });

  it('tells those of a failed batch, and goes on with the next', async () => {
    let failing = true;
    const { batcher, batches } = collecting({ fail: () => failing });
    await assert.rejects(batcher.add(1), /^Error: no$/);
    failing = false;
    await batcher.add(2);
    assert.deepEqual(batches, [[1], [2]]);
  });

  it('writes what is added in the moment in which a batch is done', async () => {
    const { batcher, batches } = collecting();
    await batcher.add(1);
    await batcher.add(2);
    await batcher.add(3);
    assert.deepEqual(batches, [[1], [2], [3]]);
  });

  it('lets what is added while a batch is written wait for company too, no longer than is said', async () => {
    const { batcher, batches } = collecting({ maxItems: 3 });
    const added = [1, 2, 3].map((item) => batcher.add(item));
    // They are being written by now.
    added.push(batcher.add(4));
    await Promise.all(added.slice(0, 3));
    assert.deepEqual(batches, [[1, 2, 3]]);
    added.push(batcher.add(5));
    await Promise.all(added);
    assert.deepEqual(batches, [
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('writes for nobody in particular, whoever added what set it off', async () => {
    const scope = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const flush = (): Promise<void> => Promise.resolve(void seen.push(scope.getStore()));
    const batcher = new Batcher<number>({ name: 'It', flush, maxDelayMs: 1, maxItems: 2, maxPending: 9 });
    await scope.run('a request', () => batcher.add(1));
    await scope.run('a request', () => Promise.all([batcher.add(1), batcher.add(2)]));
    assert.deepEqual(seen, [undefined, undefined]);
  });

  it('refuses more than it may hold, and takes again when there is room', async () => {
    const { batcher } = collecting({ maxPending: 2 });
    const held = [batcher.add(1), batcher.add(2)];
    await assert.rejects(batcher.add(3), /too much waiting/);
    await Promise.all(held);
    await batcher.add(4);
  });
});
