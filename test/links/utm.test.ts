import assert from 'node:assert/strict';
import { withUtm } from '../../server/links/utm.js';

describe('UTM parameters of an address', () => {
  const cases: [string, string][] = [
    ['https://a.example', 'https://a.example?utm_source=w&utm_content=a%20b%26%C3%A4'],
    [
      'https://a.example/x#top?not=a&query',
      'https://a.example/x?utm_source=w&utm_content=a%20b%26%C3%A4#top?not=a&query',
    ],
    ['https://a.example/x?', 'https://a.example/x?utm_source=w&utm_content=a%20b%26%C3%A4'],
    ['https://a.example/x?b&c=&', 'https://a.example/x?b&c=&utm_source=w&utm_content=a%20b%26%C3%A4'],
    [
      'https://ÄÖ.example:81/%E4%2f?q=a+b%zz',
      'https://ÄÖ.example:81/%E4%2f?q=a+b%zz&utm_source=w&utm_content=a%20b%26%C3%A4',
    ],
    ['https://a.example/?utm_source=mine', 'https://a.example/?utm_source=mine&utm_content=a%20b%26%C3%A4'],
    ['https://a.example/?UTM%5fsource&utm_content=', 'https://a.example/?UTM%5fsource&utm_content='],
    [
      'https://a.example/?x=utm_source=1#utm_content=2',
      'https://a.example/?x=utm_source=1&utm_source=w&utm_content=a%20b%26%C3%A4#utm_content=2',
    ],
  ];
  for (const [address, expected] of cases) {
    it(`are added to ${address}, of which nothing else changes`, () => {
      assert.equal(withUtm(address, { source: 'w', medium: '', content: 'a b&ä' }), expected);
    });
  }

  it('are none without a value', () => {
    assert.equal(withUtm('https://a.example/?', { campaign: '' }), 'https://a.example/?');
  });
});
