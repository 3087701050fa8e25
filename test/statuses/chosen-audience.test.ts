import assert from 'node:assert/strict';
import { audienceOf } from '../../server/statuses/chosen-audience.js';

describe('the numbers of a post', () => {
  it('mean the own account when they are its own, whichever way that is written', () => {
    for (const [ownNumber, typed] of [
      ['553188887777', '5531988887777'],
      ['5215512345678', '525512345678'],
      ['22961234567', '2290161234567'],
      ['4915112345678', '4915112345678'],
    ] as const) {
      assert.deepEqual(audienceOf({ ownNumber }, { targetNumbers: [typed, ownNumber] }), { kind: 'self' });
      const numbers = ['4915100000001'];
      const audience = { kind: 'numbers', numbers, storyPrivacy: 'apply' };
      assert.deepEqual(audienceOf({ ownNumber }, { targetNumbers: [typed, ...numbers] }), audience);
    }
    assert.deepEqual(audienceOf({ ownNumber: null }, { targetNumbers: [] }), { kind: 'self' });
  });
});
