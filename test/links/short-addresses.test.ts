import assert from 'node:assert/strict';
import { publicAddressOf } from '../../server/lib/public-url.js';
import { isCode, ShortAddresses } from '../../server/links/short-addresses.js';

describe('short addresses', () => {
  const at = (publicUrl: string) => new ShortAddresses(publicAddressOf(publicUrl));

  it('are below the public address, and never the same', () => {
    const addresses = at('https://cast.example/below/');
    assert.equal(addresses.whyNone, undefined);
    const made = Array.from({ length: 1_000 }, () => addresses.create());
    assert.equal(new Set(made.map(({ code }) => code)).size, made.length);
    for (const { code, address } of made) {
      assert.ok(isCode(code) && address === `https://cast.example/below/l/${code}`, address);
      assert.ok(addresses.has(address));
    }
    assert.ok(
      !addresses.has('https://cast.example/below/other') && !addresses.has('https://cast.example.evil/below/l/x'),
    );
  });

  for (const publicUrl of [
    'http://localhost:3000',
    'https://cast.local',
    'https://nas',
    'http://192.168.1.5:3000',
    'http://127.0.0.1',
    'http://[::1]',
    'http://[fe80::1]',
    'http://100.64.0.1',
    'http://[fd00::1]:3000',
    'https://box.lan.',
    'https://box.home.arpa',
  ]) {
    it(`are none at ${publicUrl}, which phones cannot reach`, () => {
      assert.match(at(publicUrl).whyNone ?? '', /phones cannot reach this server at .+ Set PUBLIC_URL/);
    });
  }

  for (const publicUrl of [
    'http://8.8.8.8:3000',
    'https://[2606:4700::1111]',
    'https://müller.de',
    'https://local.example.com',
  ]) {
    it(`may be at ${publicUrl}`, () => {
      assert.equal(at(publicUrl).whyNone, undefined);
    });
  }

  it('are none where PUBLIC_URL is not set', () => {
    assert.match(at('').whyNone ?? '', /PUBLIC_URL is not set/);
  });
});
