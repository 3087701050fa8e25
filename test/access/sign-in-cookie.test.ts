import assert from 'node:assert/strict';
import { pageBehind } from '../../server/access/own-page.js';
import { SignInCookie } from '../../server/access/sign-in-cookie.js';
import { publicAddressOf } from '../../server/lib/public-url.js';

const token = 'T'.repeat(43);
const other = 'O'.repeat(43);

function cookieAt(publicUrl: string): SignInCookie {
  return new SignInCookie(publicAddressOf(publicUrl));
}

describe('the cookie of a sign-in', () => {
  const cases = [
    ['', {}, 'statuscast', '/', false],
    ['', { host: 'localhost:3000' }, 'statuscast-3000', '/', false],
    ['', { host: '[::1]:3000' }, 'statuscast-3000', '/', false],
    ['', { host: 'desk.example', origin: 'https://desk.example' }, '__Host-statuscast', '/', true],
    ['https://desk.example', { host: '127.0.0.1:3000' }, '__Host-statuscast-3000', '/', true],
    ['https://desk.example/', { host: 'desk.example', origin: 'http://desk.example' }, '__Host-statuscast', '/', true],
    ['https://desk.example/status/cast/', { host: 'desk.example' }, '__Secure-statuscast', '/status/cast', true],
    ['http://desk.example/statuscast', { host: 'desk.example' }, 'statuscast', '/statuscast', false],
  ] as const;
  for (const [publicUrl, headers, name, path, secure] of cases) {
    it(`is ${name} at ${path} for PUBLIC_URL "${publicUrl}" asked for as ${JSON.stringify(headers)}`, () => {
      const cookie = cookieAt(publicUrl);
      const written = cookie.set({ headers, isSecure: false }, token, undefined);
      const flags = ['HttpOnly', ...(secure ? ['Secure'] : []), 'SameSite=Strict'];
      assert.equal(written, [`${name}=${token}`, `Path=${path}`, ...flags].join('; '));
      assert.deepEqual(cookie.tokensOf({ ...headers, cookie: `theme=dark; ${name}=${token}` }), [token]);
      assert.match(cookie.clear({ headers, isSecure: false }), new RegExp(`^${name}=; .*Expires=Thu, 01 Jan 1970`));
    });
  }

  it('is for TLS where a trusted proxy says so, and stays when the browser is closed where it has an end', () => {
    const written = cookieAt('').set({ headers: {}, isSecure: true }, token, new Date('2027-01-01T00:00:00Z'));
    assert.match(
      written,
      /^__Host-statuscast=T+; Path=\/; Expires=Fri, 01 Jan 2027 00:00:00 GMT; HttpOnly; Secure; Same/,
    );
  });

  it('is found beside those of servers at other ports, its own first', () => {
    const cookie = `statuscast-3001=${other}; statuscast=${other}; statuscast-3000=${token}`;
    assert.deepEqual(cookieAt('').tokensOf({ host: 'localhost:3000', cookie }), [token, other, other]);
    const secure = `statuscast-3000=${other}; __Host-statuscast-3000=${token}`;
    assert.deepEqual(cookieAt('').tokensOf({ host: 'localhost:3000', cookie: secure }), [token, other]);
  });

  it('is no other cookie, none of another form, and over https none that plain HTTP could have planted', () => {
    const foreign = `session=${token}; statuscastx=${token}; __Host-statuscast=short; statuscast-999999=${token}`;
    assert.deepEqual(cookieAt('').tokensOf({ cookie: foreign }), []);
    const planted = `statuscast=${other}; __Secure-statuscast=${token}`;
    assert.deepEqual(cookieAt('https://desk.example/sub').tokensOf({ cookie: planted }), [token]);
    const many = Array.from({ length: 20 }, (_, port) => `statuscast-${String(port)}=${token}`).join('; ');
    assert.equal(cookieAt('').tokensOf({ cookie: many }).length, 4);
  });
});

describe('the page behind a request', () => {
  const host = 'desk.example';
  const cases = [
    ['own', { 'sec-fetch-site': 'same-origin', host: 'upstream:3000', origin: 'https://desk.example' }],
    ['own', { host, origin: 'https://desk.example' }],
    ['own', { host: 'upstream:3000', origin: 'https://public.example' }],
    ['foreign', { 'sec-fetch-site': 'cross-site', host }],
    ['foreign', { 'sec-fetch-site': 'same-site', host, origin: 'https://desk.example' }],
    ['foreign', { host, origin: 'https://evil.example' }],
    ['foreign', { host, origin: 'https://desk.example.evil.example' }],
    ['foreign', { host, origin: 'http://desk.example:8080' }],
    ['foreign', { host, origin: 'null' }],
    ['untold', { host }],
    ['untold', { 'sec-fetch-site': 'none', host }],
  ] as const;
  for (const [expected, headers] of cases) {
    it(`is ${expected} for ${JSON.stringify(headers)}`, () => {
      assert.equal(pageBehind(headers, 'https://public.example'), expected);
    });
  }
});
