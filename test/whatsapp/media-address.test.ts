import assert from 'node:assert/strict';
import { mediaAddress } from '../../server/whatsapp/wire/media-address.js';

describe('the address of a file at a media host', () => {
  it('is on that host, whatever its path says', () => {
    for (const path of [
      '/v/t62.1?ccb=1',
      '//elsewhere.example/x',
      '/\\elsewhere.example/x',
      '/@elsewhere.example',
      '/..//x',
    ]) {
      const address = mediaAddress('media.example:8443', path);
      assert.deepEqual(
        [address?.protocol, address?.host, address?.username],
        ['https:', 'media.example:8443', ''],
        path,
      );
    }
    assert.equal(mediaAddress('media.example', '/v/t62.1?ccb=1')?.href, 'https://media.example/v/t62.1?ccb=1');
  });

  it('is none for what is no path', () => {
    for (const path of [
      '',
      'v/t62',
      'https://elsewhere.example/x',
      '.elsewhere.example/x',
      '@elsewhere.example/x',
      ':80/x',
    ])
      assert.equal(mediaAddress('media.example', path), undefined, path);
  });
});
