import assert from 'node:assert/strict';
import { Limit } from '../../server/lib/running/limit.js';

describe('a limit', () => {
  it('lets nobody in beside those who took over a place', async () => {
    const limit = new Limit(1);
    let running = 0;
    const work = () =>
      limit.run(async () => {
        running += 1;
        assert.equal(running, 1);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      });
    const first = work();
    const second = work();
    await first;
    await Promise.all([second, work()]);
  });

  it('lets so many work at a time, the others in their order, and goes on after a failure', async () => {
    const limit = new Limit(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const works = Array.from({ length: 6 }, (_none, index) =>
      limit.run(async () => {
        begun.push(index);
        await new Promise<void>((resolve) => (ends[index] = resolve));
        if (index === 1) throw new Error('failed');
        return index;
      }),
    );
    const settled = Promise.allSettled(works);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await turn();
    assert.deepEqual(begun, [0, 1]);
    ends[1]?.();
    await turn();
    assert.deepEqual(begun, [0, 1, 2]);
    for (let index = 0; index < 6; index += 1) {
      ends[index]?.();
      await turn();
      assert.ok(begun.length <= index + 4, 'never more than two');
    }
    assert.deepEqual(begun, [0, 1, 2, 3, 4, 5]);
    const results = await settled;
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled'],
    );
    assert.equal(await limit.run(() => Promise.resolve('free again')), 'free again');
  });
});
