import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import {
  generateKeyPair as generateReferencePair,
  sign as signReference,
  verify as verifyReference,
} from 'curve25519-js';
import { dh, generateKeyPair, keyPairFromPrivate } from '../../simulator/crypto/x25519.js';
import { sign, verify } from '../../simulator/crypto/xeddsa.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

describe('X25519 of the simulator', () => {
  it('gives the published result (RFC 7748, section 5.2)', () => {
    const shared = dh(
      hex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4'),
      hex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c'),
    );
    assert.equal(shared.toString('hex'), 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552');
  });

  it('agrees with the other side and with curve25519-js', () => {
    const [ours, theirs] = [generateKeyPair(), generateKeyPair()];
    assert.deepEqual(dh(ours.privateKey, theirs.publicKey), dh(theirs.privateKey, ours.publicKey));
    assert.deepEqual(keyPairFromPrivate(ours.privateKey).publicKey, ours.publicKey);
    const seed = randomBytes(32);
    assert.deepEqual(keyPairFromPrivate(seed).publicKey, Buffer.from(generateReferencePair(seed).public));
  });

  it('makes tens of thousands of keys while memory is collected', async () => {
    const module = new URL('../../simulator/crypto/x25519.js', import.meta.url).href;
    const script = `import { generateKeyPair } from '${module}'; for (let n = 0; n < 20_000; n++) generateKeyPair();`;
    const flags = ['--import', 'tsx', '--max-semi-space-size=1', '--input-type=module', '--eval', script];
    // In a process of its own: one that hangs in a collection answers to nothing but the signal of the timeout.
    await promisify(execFile)(process.execPath, flags, { timeout: 30_000, killSignal: 'SIGKILL' });
  }).timeout(40_000);

  it('refuses keys of another length', () => {
    assert.throws(() => dh(randomBytes(31), randomBytes(32)), /32 bytes/);
  });
});

describe('XEdDSA of the simulator', () => {
  const publishedKey = hex('ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64');
  const publishedMessage = hex('05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a');
  const publishedSignature = hex(
    '5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfbede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88',
  );

  it("verifies the signature published with Signal's own library", () => {
    assert.equal(verify(publishedKey, publishedMessage, publishedSignature), true);
  });

  it('notices every changed byte of that signature', () => {
    for (let index = 0; index < publishedSignature.length; index += 1) {
      const changed = Buffer.from(publishedSignature);
      changed[index] = (changed[index] ?? 0) ^ 0x01;
      assert.equal(verify(publishedKey, publishedMessage, changed), false, `byte ${index}`);
    }
  });

  it('says false, and throws nothing, for input that is no signature at all', () => {
    assert.equal(verify(publishedKey, publishedMessage, Buffer.alloc(63)), false);
    assert.equal(verify(publishedKey, publishedMessage, randomBytes(64)), false);
    assert.equal(verify(Buffer.alloc(31), publishedMessage, publishedSignature), false);
    assert.equal(verify(Buffer.alloc(32, 0xff), publishedMessage, publishedSignature), false);
    const minusOne = Buffer.concat([hex('ec'), Buffer.alloc(30, 0xff), hex('7f')]);
    assert.equal(verify(minusOne, publishedMessage, publishedSignature), false);
  });

  it('signs what curve25519-js accepts, and accepts what curve25519-js signs', () => {
    for (let round = 0; round < 12; round += 1) {
      const pair = generateKeyPair();
      const message = randomBytes(round * 7);
      const signature = sign(pair.privateKey, message);
      assert.equal(verify(pair.publicKey, message, signature), true);
      assert.equal(verifyReference(pair.publicKey, message, signature), true);
      const reference = signReference(pair.privateKey, message, randomBytes(64));
      assert.equal(verify(pair.publicKey, message, Buffer.from(reference)), true);
    }
  });

  it('gives the same signature for the same key and message, and another for another message', () => {
    const pair = generateKeyPair();
    assert.deepEqual(sign(pair.privateKey, Buffer.from('a')), sign(pair.privateKey, Buffer.from('a')));
    assert.notDeepEqual(sign(pair.privateKey, Buffer.from('a')), sign(pair.privateKey, Buffer.from('b')));
  });

  it('rejects a signature by another key and for another message', () => {
    const [pair, other] = [generateKeyPair(), generateKeyPair()];
    const signature = sign(pair.privateKey, Buffer.from('hello'));
    assert.equal(verify(other.publicKey, Buffer.from('hello'), signature), false);
    assert.equal(verify(pair.publicKey, Buffer.from('hallo'), signature), false);
  });
});
