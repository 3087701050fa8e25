import assert from 'node:assert/strict';
import { nowAndThen } from '../../server/lib/running/now-and-then.js';

describe('news that come fast', () => {
  it('are told once in the time, beginning with the first; what must be told always is', () => {
    const isToTell = nowAndThen(3_600_000);
    assert.deepEqual(
      [false, false, true, false, true].map((must) => isToTell(must)),
      [true, false, true, false, true],
    );
  });

  it('are all told when they come slower than that', () => {
    const isToTell = nowAndThen(0);
    assert.deepEqual(
      [false, false].map((must) => isToTell(must)),
      [true, true],
    );
  });
});
