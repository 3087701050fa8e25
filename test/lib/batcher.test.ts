import assert from 'node:assert/strict';
import { AppError } from '../../server/lib/app-error.js';
import { Batcher } from '../../server/lib/batcher.js';

function collecting(options: { maxItems?: number; maxPending?: number; fail?: () => boolean } = {}) {
  const batches: number[][] = [];
  let running = 0;
  const batcher = new Batcher<number>({
    name: 'The test batcher',
    maxDelayMs: 20,
    maxItems: options.maxItems ?? 100,
    maxPending: options.maxPending ?? 1_000,
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
    const { batcher, batches } = collecting({ maxItems: 2 });
    await Promise.all([1, 2, 3, 4, 5].map((item) => batcher.add(item)));
    assert.deepEqual(batches, [[1, 2], [3, 4], [5]]);
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

  it('tells those of a failed batch, and goes on with the next', async () => {
    let failing = true;
    const { batcher, batches } = collecting({ fail: () => failing });
    await assert.rejects(batcher.add(1), /^Error: no$/);
    failing = false;
    await batcher.add(2);
    assert.deepEqual(batches, [[1], [2]]);
  });

  it('refuses more than it may hold, and takes again when there is room', async () => {
    const { batcher } = collecting({ maxPending: 2 });
    const held = [batcher.add(1), batcher.add(2)];
    await assert.rejects(batcher.add(3), /too much waiting/);
    await Promise.all(held);
    await batcher.add(4);
  });
});
