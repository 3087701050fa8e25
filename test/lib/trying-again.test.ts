import assert from 'node:assert/strict';
import { AppError, notFound } from '../../server/lib/app-error.js';
import { eachInTurn } from '../../server/lib/running/each-in-turn.js';
import { GrowingPauses, growingPauseMs } from '../../server/lib/running/growing-pauses.js';
import { inHalves } from '../../server/lib/running/in-halves.js';
import { inRounds } from '../../server/lib/running/rounds.js';
import { failureInWords, isPassing, isVerdict } from '../../server/lib/running/verdict.js';

describe('what is tried again', () => {
  const bounds = { firstMs: 1_000, longestMs: 60_000 };

  it('has pauses that double up to the longest', () => {
    const pauses = [1, 2, 3, 6, 7, 2_000].map((tries) => growingPauseMs(tries, bounds));
    assert.deepEqual(pauses, [1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  });

  it('waits by itself, is news once for each reason, and begins anew when it went well', () => {
    let now = 0;
    const pauses = new GrowingPauses(bounds, () => now);
    assert.deepEqual(pauses.add('a', new Error('x')), { tries: 1, pauseMs: 1_000, isNews: true });
    assert.deepEqual([pauses.has('a'), pauses.has('b')], [true, false]);
    now = 1_000;
    assert.equal(pauses.has('a'), false);
    assert.deepEqual(pauses.add('a', new Error('x')), { tries: 2, pauseMs: 2_000, isNews: false });
    assert.equal(pauses.add('a', new Error('y')).isNews, true);
    pauses.delete('a');
    assert.deepEqual([pauses.has('a'), pauses.errorOf('a'), pauses.add('a', 'z').tries], [false, undefined, 1]);
  });

  it('is forgotten when too much stumbles, the longest ago first', () => {
    const pauses = new GrowingPauses(bounds, () => 0, 2);
    for (const key of ['a', 'b', 'a', 'c']) pauses.add(key, 'x');
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => pauses.has(key)),
      [true, false, true],
    );
  });

  it('is walked through in rounds of the organizations, to the end of each', async () => {
    const all = new Map([
      ['a', ['a1', 'a2', 'a3', 'a4', 'a5']],
      ['b', ['b1']],
      ['c', ['c1', 'c2']],
      ['full', ['f1', 'f2', 'f3']],
      ['nothing', []],
    ]);
    const seen: string[] = [];
    await inRounds<string>({
      organizations: [...all.keys()],
      pageSize: 2,
      next: (organization, after) => {
        const left = (all.get(organization) ?? []).filter((one) => after === undefined || one > after);
        return Promise.resolve(left.slice(0, 2));
      },
      work: (page, organization) => {
        seen.push(...page);
        return Promise.resolve(organization !== 'full');
      },
    });
    assert.deepEqual(seen, ['a1', 'a2', 'b1', 'c1', 'c2', 'f1', 'f2', 'a3', 'a4', 'a5']);
  });

  it('is split where a batch fails, down to the one that cannot be done', async () => {
    const done: number[] = [];
    const givenUp: number[] = [];
    const work = (items: readonly number[]): Promise<void> => {
      if (items.some((item) => item % 5 === 0)) return Promise.reject(new Error(`${String(items.length)} items`));
      done.push(...items);
      return Promise.resolve();
    };
    await inHalves([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], work, (item) => givenUp.push(item));
    assert.deepEqual(
      [done, givenUp],
      [
        [1, 2, 3, 4, 6, 7, 8, 9, 11],
        [5, 10],
      ],
    );
    await inHalves([], work, (item) => givenUp.push(item));
    const refuse = (): never => {
      throw new Error('enough');
    };
    await assert.rejects(inHalves([3, 5], work, refuse), /enough/);
  });

  it('is done one after the other whether or not one fails, and the failure is told', async () => {
    const done: string[] = [];
    const step =
      (name: string, fails = false) =>
      () => {
        done.push(name);
        return fails ? Promise.reject(new Error(name)) : Promise.resolve();
      };
    await assert.rejects(eachInTurn([step('a'), step('b', true), step('c', true), step('d')]), /^Error: b$/);
    assert.deepEqual(done, ['a', 'b', 'c', 'd']);
  });
});

describe('a failure', () => {
  it('is a verdict when it is about what was asked for, and none when it may pass or nobody thought of it', () => {
    const unavailable = new AppError('unavailable', 'Busy.');
    const cases: [unknown, boolean, boolean][] = [
      [notFound('The list'), true, false],
      [new AppError('validation_error', 'No.'), true, false],
      [unavailable, false, true],
      [new AppError('rate_limited', 'Slower.'), false, true],
      [new AppError('whatsapp_error', 'Again.'), false, true],
      [new AppError('request_timeout', 'Too slow.'), false, true],
      [new TypeError('x is undefined'), false, false],
    ];
    for (const [error, verdict, passing] of cases) {
      assert.deepEqual([isVerdict(error), isPassing(error)], [verdict, passing], String(error));
    }
    assert.deepEqual(failureInWords(unavailable), { code: 'unavailable', message: 'Busy.' });
    assert.doesNotMatch(failureInWords(new TypeError('x is undefined')).message, /undefined/);
  });
});
