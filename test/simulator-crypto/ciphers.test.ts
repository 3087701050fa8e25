import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { applyCtr, decryptCbc, decryptGcm, encryptCbc, encryptGcm, equalBytes } from '../../simulator/crypto/aead.js';
import { hkdf, hmacSha256, pairingCodeKey } from '../../simulator/crypto/hkdf.js';

describe('ciphers of the simulator', () => {
  const key = randomBytes(32);

  it('decrypts AES-GCM only with the right key, counter, data and tag', () => {
    const iv = randomBytes(12);
    const sealed = encryptGcm(key, iv, Buffer.from('hello'), Buffer.from('aad'));
    assert.equal(decryptGcm(key, iv, sealed, Buffer.from('aad'))?.toString(), 'hello');
    assert.equal(decryptGcm(key, iv, sealed), undefined);
    assert.equal(decryptGcm(key, randomBytes(12), sealed, Buffer.from('aad')), undefined);
    assert.equal(decryptGcm(randomBytes(32), iv, sealed, Buffer.from('aad')), undefined);
    assert.equal(decryptGcm(key, iv, Buffer.alloc(3)), undefined);
  });

  it('takes AES-CBC and AES-CTR apart again', () => {
    const iv = randomBytes(16);
    assert.equal(decryptCbc(key, iv, encryptCbc(key, iv, Buffer.from('hello')))?.toString(), 'hello');
    assert.equal(decryptCbc(key, iv, Buffer.alloc(15)), undefined);
    assert.equal(applyCtr(key, iv, applyCtr(key, iv, Buffer.from('hello'))).toString(), 'hello');
  });

  it('derives the published HKDF output (RFC 5869, case 3)', () => {
    const derived = hkdf(Buffer.alloc(22, 0x0b), 42);
    assert.equal(
      derived.toString('hex'),
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    );
  });

  it('compares bytes of any length', () => {
    assert.equal(equalBytes(Buffer.from('a'), Buffer.from('a')), true);
    assert.equal(equalBytes(Buffer.from('a'), Buffer.from('ab')), false);
    assert.equal(hmacSha256(key, Buffer.from('ab')).equals(hmacSha256(key, Buffer.from('a'), Buffer.from('b'))), true);
  });

  it('derives one key per linking code and salt', async () => {
    const salt = randomBytes(32);
    assert.deepEqual(await pairingCodeKey('ABCD1234', salt), await pairingCodeKey('ABCD1234', salt));
    assert.notDeepEqual(await pairingCodeKey('ABCD1234', salt), await pairingCodeKey('ABCD1235', salt));
  });
});
