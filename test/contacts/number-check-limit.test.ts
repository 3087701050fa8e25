import assert from 'node:assert/strict';
import { NumberCheckLimit } from '../../server/contacts/number-check-limit.js';
import { SetClock } from '../support/open-services.js';

const hourMs = 60 * 60_000;

describe('how many numbers an account may look up, when the clock was ahead and is put right', () => {
  it('is held up for a minute, not until the wrong time comes', () => {
    const clock = new SetClock(new Date('2026-03-01T16:00:00Z'));
    const limit = new NumberCheckLimit(clock);
    for (let nth = 0; nth < 10; nth += 1) limit.countCheck('acc1');
    clock.advance(-6 * hourMs);
    assert.throws(() => limit.countCheck('acc1'), { code: 'rate_limited', message: /in 60 seconds/ });
    assert.deepEqual(limit.allowance('acc1'), { limit: 10, remaining: 0, resetSeconds: 60 });
    clock.advance(60_000);
    limit.countCheck('acc1');
    assert.equal(limit.allowance('acc1').remaining, 9);
  });
});
