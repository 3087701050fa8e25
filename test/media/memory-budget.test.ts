import assert from 'node:assert/strict';
import { AppError } from '../../server/lib/app-error.js';
import { MemoryBudget } from '../../server/media-pool/memory-budget.js';

const mebibyte = 1024 * 1024;
const never = new AbortController().signal;

describe('the memory of all files that are being prepared', () => {
  it('is given to those for whom there is enough, in their order', async () => {
    const budget = new MemoryBudget(100);
    const order: string[] = [];
    let finishFirst: () => void = () => undefined;
    const first = budget.run(60, never, () => {
      order.push('60');
      return new Promise<void>((resolve) => {
        finishFirst = resolve;
      });
    });
    await budget.run(40, never, async () => order.push('40'));
    const leaving = new AbortController();
    const left = budget.run(50, leaving.signal, async () => order.push('50'));
    const all = budget.run(100, never, async () => order.push('100'));
    const small = budget.run(10, never, async () => order.push('10'));
    leaving.abort(new Error('left'));
    await assert.rejects(left, /left/);
    assert.deepEqual(order, ['60', '40'], 'nobody overtakes who needs more');
    finishFirst();
    await Promise.all([first, all, small]);
    assert.deepEqual(order, ['60', '40', '100', '10']);
  });

  it('goes to the next one when whoever waits for much leaves, and whoever has it keeps no place in the line', async () => {
    const budget = new MemoryBudget(100);
    const ends: (() => void)[] = [];
    const hold = () => new Promise<void>((resolve) => ends.push(resolve));
    const [leaving, served] = [new AbortController(), new AbortController()];
    const first = budget.run(60, served.signal, hold);
    const much = budget.run(50, leaving.signal, hold);
    const small = budget.run(40, never, hold);
    leaving.abort(new Error('left'));
    await assert.rejects(much, /left/);
    while (ends.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const next = budget.run(30, never, hold);
    served.abort(new Error('too late to leave'));
    for (const end of ends.splice(0)) end();
    await Promise.all([first, small]);
    while (ends.length < 1) await new Promise((resolve) => setImmediate(resolve));
    ends[0]?.();
    await next;
    await assert.rejects(budget.run(1, served.signal, hold), /too late/);
    await budget.run(100, never, async () => undefined);
  });

  it('is refused, in words, to a file for which there is not enough in all', async () => {
    const budget = new MemoryBudget(512 * mebibyte);
    await assert.rejects(
      budget.run(800 * mebibyte, never, async () => undefined),
      (error) =>
        error instanceof AppError &&
        error.code === 'payload_too_large' &&
        /about 800 MB of memory .* 512 MB here \(MEDIA_MEMORY_MB\)/.test(error.message),
    );
  });
});
