import assert from 'node:assert/strict';
import { browserOf } from '../../server/clicks/visits.js';
import { iphone } from './open-clicks.js';

const headers = { 'user-agent': iphone };

describe('somebody who opens a short address', () => {
  it('is told by their browser, of which so much counts', () => {
    assert.equal(browserOf('GET', headers), iphone);
    assert.equal(browserOf('GET', { ...headers, 'sec-fetch-dest': 'document' }), iphone);
    assert.equal(browserOf('GET', { 'user-agent': iphone.repeat(9) })?.length, 300);
  });

  for (const [name, value] of [
    ['sec-purpose', 'prefetch;prerender'],
    ['purpose', 'prefetch'],
    ['x-purpose', 'preview'],
    ['x-moz', 'prefetch'],
    ['sec-fetch-dest', 'image'],
    ['user-agent', 'WhatsApp/2.23.20.0'],
    ['user-agent', ''],
  ] as const) {
    it(`is nobody where the request says ${name}: ${value}`, () => {
      assert.equal(browserOf('GET', { ...headers, [name]: value }), undefined);
    });
  }

  it('is nobody who asks only whether it is there', () => {
    assert.equal(browserOf('HEAD', headers), undefined);
  });
});
