import assert from 'node:assert/strict';
import { differenceOf, wilson } from '../../server/experiments/proportions.js';
import { halvesOf } from '../../server/experiments/halves.js';

describe('the interval of two shares', () => {
  /** Newcombe 1998, Statistics in Medicine 17: 873–890, table II, method 10. */
  const published: readonly [one: [number, number], other: [number, number], low: number, high: number][] = [
    [[56, 70], [48, 80], 0.0524, 0.3339],
    [[9, 10], [3, 10], 0.1705, 0.809],
    [[6, 7], [2, 7], 0.0582, 0.8062],
    [[5, 56], [0, 29], -0.0381, 0.1926],
    [[0, 10], [0, 20], -0.1611, 0.2775],
    [[0, 10], [0, 10], -0.2775, 0.2775],
    [[10, 10], [0, 20], 0.6791, 1],
    [[10, 10], [0, 10], 0.6075, 1],
  ];
  const of = ([people, whole]: [number, number]) => ({ people, of: whole });

  it('is the one that the literature has for it', () => {
    for (const [one, other, low, high] of published) {
      const found = differenceOf(of(one), of(other));
      const digits = [found.low, found.high].map((end) => Number(end.toFixed(4)));
      assert.deepEqual(digits, [low, high], `${one.join('/')} less ${other.join('/')}`);
    }
  });

  it('turns round with the two, and holds the difference', () => {
    for (const [one, other] of published) {
      const [there, back] = [differenceOf(of(one), of(other)), differenceOf(of(other), of(one))];
      assert.ok(Math.abs(there.low + back.high) < 1e-12 && Math.abs(there.high + back.low) < 1e-12);
      assert.ok(there.low <= there.difference && there.difference <= there.high);
    }
  });

  it('is within 0 and 1 for one share, also where nobody or everybody did it', () => {
    // Newcombe 1998, Statistics in Medicine 17: 857–872, table I, method 3.
    for (const [share, low, high] of [
      [of([81, 263]), 0.2553, 0.3662],
      [of([15, 148]), 0.0624, 0.1605],
      [of([0, 20]), 0, 0.1611],
      [of([1, 29]), 0.0061, 0.1718],
    ] as const) {
      const found = wilson(share);
      assert.deepEqual([Number(found.low.toFixed(4)), Number(found.high.toFixed(4))], [low, high]);
    }
    assert.equal(wilson(of([20, 20])).high, 1);
  });
});

describe('the halves of an A/B test', () => {
  const people = (count: number) => Array.from({ length: count }, (_value, index) => `p${String(index)}`);

  it('have everybody once, in their order, and are as large as each other', () => {
    for (const count of [0, 1, 2, 3, 10, 20_001]) {
      const all = people(count);
      const [first, second] = halvesOf(all);
      assert.deepEqual([first.length, second.length], [Math.ceil(count / 2), Math.floor(count / 2)]);
      assert.equal(new Set([...first, ...second]).size, count);
      const order = new Map(all.map((id, index) => [id, index]));
      for (const half of [first, second]) {
        const places = half.map((id) => order.get(id) ?? -1);
        assert.ok(places.every((place, index) => index === 0 || place > (places[index - 1] ?? Infinity)));
      }
    }
  });

  it('are drawn by lot: everybody comes into each as often as into the other', () => {
    const all = people(7);
    const draws = 4_000;
    const inFirst = new Map<string, number>();
    for (let draw = 0; draw < draws; draw += 1) {
      for (const id of halvesOf(all)[0]) inFirst.set(id, (inFirst.get(id) ?? 0) + 1);
    }
    // Seven standard deviations: by chance it fails once in hundreds of thousands of millions of runs.
    const [expected, spread] = [(draws * 4) / 7, 7 * Math.sqrt((draws * 12) / 49)];
    for (const id of all) assert.ok(Math.abs((inFirst.get(id) ?? 0) - expected) < spread, id);
  });

  it('are drawn by lot however many people there are', () => {
    const all = people(40_000);
    const first = new Set(halvesOf(all)[0]);
    for (let from = 0; from < all.length; from += 2_000) {
      const some = all.slice(from, from + 2_000).filter((id) => first.has(id)).length;
      // Nine standard deviations.
      assert.ok(Math.abs(some - 1_000) < 200, `${String(some)} of 2,000 from the place ${String(from)} on`);
    }
  });
});
