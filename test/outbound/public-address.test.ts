import assert from 'node:assert/strict';
import { isPublicAddress, PrivateHosts } from '../../server/outbound/public-address.js';

describe('addresses on the public internet', () => {
  it('are told from those that are not', () => {
    for (const address of ['8.8.8.8', '93.184.216.34', '::ffff:8.8.8.8', '2606:4700::1111', '2a00:1450:4001::200e']) {
      assert.ok(isPublicAddress(address), address);
    }
    for (const address of [
      '127.0.0.1',
      '::1',
      '192.0.2.1',
      '198.18.0.1',
      'fec0::1',
      '100::1',
      '4000::1',
      '1000::1',
      'example.com',
      '',
      '1',
    ]) {
      assert.ok(!isPublicAddress(address), address);
    }
  });

  it('may be joined by named hosts, by name or by name and port', () => {
    const hosts = new PrivateHosts(['Media.local', '127.0.0.1:8080', '[::1]:9000']);
    assert.ok(hosts.has('media.local', '80') && hosts.has('media.local', '8443'));
    assert.ok(hosts.has('127.0.0.1', '8080') && hosts.has('::1', '9000'));
    assert.ok(!hosts.has('127.0.0.1', '80') && !hosts.has('::1', '80') && !hosts.has('other.local', '80'));
  });
});
