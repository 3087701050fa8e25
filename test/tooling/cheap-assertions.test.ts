import assert from 'node:assert';
import strict from 'node:assert/strict';

describe('an assertion without a message', () => {
  it('has one that is not made from the source', () => {
    for (const { ok } of [assert, strict] as { ok: (value: unknown) => void }[]) {
      strict.throws(() => ok(0), { message: 'The value is not truthy.' });
    }
  });
});
