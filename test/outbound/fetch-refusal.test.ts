import assert from 'node:assert/strict';
import { failureOf } from '../../server/outbound/fetch-refusal.js';

describe('what could not be fetched', () => {
  it('may be asked for again where it may pass, and is a wrong address where it does not', () => {
    const failures = (['busy', 'too_slow', 'unreachable', 'not_now', 'not_served', 'private_address'] as const).map(
      (reason) => failureOf({ result: 'refused', reason, message: 'It is so.' }, 'content'),
    );
    const passing = { code: 'unavailable', retryAfterSeconds: 30 };
    const verdict = { code: 'validation_error', retryAfterSeconds: undefined };
    assert.deepEqual(
      failures.map(({ code, retryAfterSeconds }) => ({ code, retryAfterSeconds })),
      [passing, passing, passing, passing, verdict, verdict],
    );
    assert.equal(failures[0]?.message, 'It is so. Try again in a moment.');
  });
});
