import assert from 'node:assert/strict';
import { findAddresses } from '../../server/links/found-addresses.js';

describe('the web addresses of a text', () => {
  const found = (text: string) =>
    findAddresses(text).map(({ start, end, url }) => {
      const written = text.slice(start, end);
      return written === url ? url : [written, url];
    });

  const texts: [string, unknown[]][] = [
    ['no address, late.it is, at 10.30, README.md', []],
    ['Look: https://a.example/x?y=1#z.', ['https://a.example/x?y=1#z']],
    ['(https://a.example/x), https://a.example/x!', ['https://a.example/x', 'https://a.example/x']],
    ['HTTP://A.Example:8080/%20ä', ['HTTP://A.Example:8080/%20ä']],
    ['【https://例え.jp/道】', ['https://例え.jp/道']],
    [
      'www.bread.de and bread.de/offer',
      [
        ['www.bread.de', 'https://www.bread.de'],
        ['bread.de/offer', 'https://bread.de/offer'],
      ],
    ],
    ['info@bread.de, mailto:info@bread.de', []],
    ['https://me:secret@bread.de/x and https://me@bread.de', []],
    ['//evil.example/x javascript:alert(1)//https://', []],
    ['ftp://bread.de/x data:text/html,x file:///etc/passwd', []],
    ['http://localhost:3000/x https://intranet/x', []],
    ['https://192.0.2.1/x https://[2001:db8::1]/x', ['https://192.0.2.1/x', 'https://[2001:db8::1]/x']],
  ];
  for (const [text, expected] of texts) {
    it(`are ${JSON.stringify(expected)} in ${JSON.stringify(text)}`, () => {
      assert.deepEqual(found(text), expected);
    });
  }
});
