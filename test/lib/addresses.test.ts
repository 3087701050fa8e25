import assert from 'node:assert/strict';
import { childEnvironment } from '../../server/lib/child-environment.js';
import { publicAddressOf } from '../../server/lib/public-url.js';
import { isTrustworthy, isWhatsAppAddress } from '../../server/lib/service-addresses.js';

describe('an address of a service', () => {
  it('leads to the real WhatsApp however its host is written, and not because it looks like it', () => {
    for (const address of ['wss://web.whatsapp.com/ws', 'https://WHATSAPP.net', 'wss://mmg.whatsapp.net.:443/x']) {
      assert.equal(isWhatsAppAddress(address), true, address);
    }
    const others = [
      'wss://notwhatsapp.com',
      'https://whatsapp.com.example.org',
      'ws://127.0.0.1:1/web.whatsapp.com',
      '',
      'whatsapp.com',
    ];
    for (const address of others) assert.equal(isWhatsAppAddress(address), false, address);
  });

  it('is trustworthy when nobody on the way can change what comes from there', () => {
    for (const address of ['https://example.org/x', 'http://localhost:1', 'http://127.0.0.1', 'http://[::1]:80/']) {
      assert.equal(isTrustworthy(address), true, address);
    }
    const others = [
      'http://example.org',
      'http://127.0.0.1.example.org',
      'http://localhost.example.org',
      'ftp://localhost',
      'no',
    ];
    for (const address of others) assert.equal(isTrustworthy(address), false, address);
  });

  it('for browsers is an origin and a path without its end', () => {
    assert.equal(publicAddressOf(''), null);
    assert.deepEqual(publicAddressOf('https://example.org'), { origin: 'https://example.org', path: '' });
    const below = { origin: 'http://example.org:8080', path: '/a/b' };
    assert.deepEqual(publicAddressOf('http://example.org:8080/a/b//'), below);
  });
});

describe('the environment of a program of ours', () => {
  it('is what it needs to be found and started, and no key', () => {
    const env = { PATH: '/bin', SystemRoot: 'C:', API_KEY: 'hidden', DATABASE_URL: 'hidden', NODE_OPTIONS: '--x' };
    assert.deepEqual(childEnvironment(env), { PATH: '/bin', SystemRoot: 'C:' });
    assert.deepEqual(childEnvironment({}), {});
  });
});
