import assert from 'node:assert/strict';
import { Slices } from '../../server/lib/running/slices.js';

describe('long work in slices', () => {
  let nowMs: number;
  const rests: { ms: number; over: () => void }[] = [];
  const newSlices = (): Slices =>
    new Slices({
      now: () => nowMs,
      wait: (ms) =>
        new Promise<void>((resolve) => {
          rests.push({ ms, over: resolve });
        }),
    });
  /** Lets what is ready go on. */
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  beforeEach(() => {
    nowMs = 1_000;
    rests.length = 0;
  });

  it('rests for twice as long as it has worked, and not for what others took', async () => {
    const slices = newSlices();
    nowMs += 10;
    const first = slices.next();
    await settle();
    assert.deepEqual(
      rests.map(({ ms }) => ms),
      [20],
    );
    nowMs += 500;
    rests[0]?.over();
    await first;
    nowMs += 7;
    const second = slices.next();
    await settle();
    assert.equal(rests[1]?.ms, 14);
    rests[1]?.over();
    await second;
  });

  it('does not rest for the time in which the machine slept', async () => {
    const slices = newSlices();
    nowMs += 60_000;
    const next = slices.next();
    await settle();
    assert.equal(rests[0]?.ms, 200);
    rests[0].over();
    await next;
  });

  it('puts short steps together', async () => {
    const slices = newSlices();
    nowMs += 3;
    await slices.next();
    assert.equal(rests.length, 0);
    nowMs += 3;
    const next = slices.next();
    await settle();
    assert.equal(rests[0]?.ms, 12);
    rests[0]?.over();
    await next;
  });

  it('has everybody who does such work rest in turn', async () => {
    const [one, other] = [newSlices(), newSlices()];
    nowMs += 10;
    const both = [one.next(), other.next()];
    await settle();
    assert.equal(rests.length, 1, 'the other rests after it');
    rests[0]?.over();
    await both[0];
    await settle();
    assert.equal(rests.length, 2);
    rests[1]?.over();
    await both[1];
  });
});
