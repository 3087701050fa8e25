import assert from 'node:assert/strict';
import { KeyedTurns } from '../../server/lib/running/keyed-turns.js';

describe('turns, one at a time for each key', () => {
  const taken: string[] = [];
  let finish: Map<string, () => void>;
  let turns: KeyedTurns;
  beforeEach(() => {
    taken.length = 0;
    finish = new Map();
    turns = new KeyedTurns((key) => {
      taken.push(key);
      return new Promise((done) => finish.set(key, done));
    });
  });
  const nextLoop = (): Promise<unknown> => new Promise((done) => setImmediate(done));

  it('are taken at once where none of the key is, and once more after it, however often they are asked for', async () => {
    for (const key of ['a', 'b', 'a', 'a']) turns.ask(key);
    assert.deepEqual([taken, turns.has('a'), turns.has('c')], [['a', 'b'], true, false]);
    finish.get('a')?.();
    await nextLoop();
    assert.deepEqual(taken, ['a', 'b', 'a']);
    finish.get('a')?.();
    await nextLoop();
    assert.deepEqual([taken, turns.has('a'), turns.has('b')], [['a', 'b', 'a'], false, true]);
  });

  it('are waited for, also those that follow; or not for longer than is said', async () => {
    turns.ask('a');
    turns.ask('a');
    await turns.drainWithin(1);
    assert.equal(turns.has('a'), true);
    let isDrained = false;
    const drained = turns.drain().then(() => (isDrained = true));
    finish.get('a')?.();
    await nextLoop();
    assert.deepEqual([taken, isDrained], [['a', 'a'], false]);
    finish.get('a')?.();
    await drained;
    assert.equal(turns.has('a'), false);
  });
});
