import assert from 'node:assert/strict';
import { StaleLists } from '../../server/whatsapp/address-book/stale-lists.js';

describe('lists that WhatsApp calls out of date', () => {
  const hourMs = 60 * 60_000;
  let nowMs: number;
  let lists: StaleLists;
  beforeEach(() => {
    nowMs = Date.UTC(2026, 6, 1);
    lists = new StaleLists({ now: () => new Date(nowMs) });
  });
  const takeAll = (sessionId: string): boolean[] => Array.from({ length: 5 }, () => lists.allowLookUp(sessionId, 0));

  it('are looked up again twice for one post', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((sofar) => lists.allowLookUp('acc1', sofar)),
      [true, true, false, false],
    );
  });

  it('are looked up again four times within an hour, by each account', () => {
    assert.deepEqual(takeAll('acc1'), [true, true, true, true, false]);
    assert.deepEqual(takeAll('acc2'), [true, true, true, true, false]);
    nowMs += hourMs - 1;
    assert.equal(lists.allowLookUp('acc1', 0), false);
    nowMs += 1;
    assert.deepEqual(takeAll('acc1'), [true, true, true, true, false]);
  });

  it('count as the hour goes on, and what was refused does not', () => {
    lists.allowLookUp('acc1', 0);
    nowMs += hourMs / 2;
    assert.deepEqual(takeAll('acc1'), [true, true, true, false, false]);
    nowMs += hourMs / 2;
    assert.deepEqual(takeAll('acc1'), [true, false, false, false, false]);
  });

  it('do not wait for a clock that was wrong, nor for an account that is gone', () => {
    takeAll('acc1');
    nowMs -= 24 * hourMs;
    assert.equal(lists.allowLookUp('acc1', 0), true);
    takeAll('acc1');
    lists.forget('acc1');
    assert.equal(lists.allowLookUp('acc1', 0), true);
  });
});
