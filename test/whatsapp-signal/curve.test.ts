import assert from 'node:assert/strict';
import { randomBytes, sign as signEd25519, generateKeyPairSync } from 'node:crypto';
import { sharedKey, sign as signByReference, verify as verifyByReference } from 'curve25519-js';
import {
  agree,
  generateKeyPair,
  publicKeyOf,
  sign,
  typedPublicKey,
  verify,
} from '../../server/whatsapp/signal/curve.js';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** The known signature of libsignal's own tests (test_curve25519_signature). */
const known = {
  privateKey: hex('c097248412e58bf05df487968205132794178e367637f5818f81e0e6ce73e865'),
  publicKey: hex('ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64'),
  message: hex('05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a'),
  signature: hex(`5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfb
    ede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88`),
};

describe('X25519 agreement', () => {
  it('gives the secrets of RFC 7748, section 5.2', () => {
    assert.equal(
      agree(
        hex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4'),
        hex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c'),
      ).toString('hex'),
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    );
    assert.equal(
      agree(
        hex('4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d'),
        hex('e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493'),
      ).toString('hex'),
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    );
  });

  it('gives what a thousand rounds of RFC 7748 end in', () => {
    let privateKey: Buffer = Buffer.alloc(32);
    privateKey[0] = 9;
    let publicKey = privateKey;
    for (let round = 0; round < 1000; round += 1) {
      [privateKey, publicKey] = [agree(privateKey, publicKey), privateKey];
    }
    assert.equal(privateKey.toString('hex'), '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
  });

  it('gives the keys and the secret of RFC 7748, section 6.1', () => {
    const alice = hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
    const bob = hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
    const alicePublic = hex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
    const bobPublic = hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
    const secret = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
    assert.deepEqual([publicKeyOf(alice), publicKeyOf(bob)], [alicePublic, bobPublic]);
    assert.deepEqual([agree(alice, bobPublic), agree(bob, alicePublic)], [secret, secret]);
  });

  it('agrees with curve25519-js, both ways, with and without the type byte', () => {
    for (let round = 0; round < 50; round += 1) {
      const ours = generateKeyPair();
      const theirs = generateKeyPair();
      const secret = agree(ours.privateKey, theirs.publicKey);
      assert.deepEqual(agree(theirs.privateKey, typedPublicKey(ours.publicKey)), secret);
      assert.deepEqual(Buffer.from(sharedKey(ours.privateKey, theirs.publicKey)), secret);
    }
  });

  it('refuses public keys of low order, whose secret would be all zeros', () => {
    const lowOrder = [
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    ];
    for (const point of lowOrder) assert.throws(() => agree(generateKeyPair().privateKey, hex(point)));
  });

  it('refuses keys of another length', () => {
    const pair = generateKeyPair();
    assert.throws(() => agree(pair.privateKey, Buffer.alloc(31)));
    assert.throws(() => agree(Buffer.alloc(31), pair.publicKey));
    assert.throws(() => agree(pair.privateKey, Buffer.concat([Buffer.from([6]), pair.publicKey])));
  });
});

describe('XEdDSA signatures', () => {
  it("accepts the known signature of libsignal's tests and nothing one bit away from it", () => {
    assert.deepEqual(publicKeyOf(known.privateKey), known.publicKey);
    assert.equal(verify(known.publicKey, known.message, known.signature), true);
    for (let position = 0; position < 64; position += 1) {
      const changed = Buffer.from(known.signature);
      changed.writeUInt8(changed.readUInt8(position) ^ 1, position);
      assert.equal(verify(known.publicKey, known.message, changed), false, `byte ${position}`);
    }
  });

  it('is understood by curve25519-js and understands it', () => {
    const signs = new Set<number>();
    for (let round = 0; round < 60; round += 1) {
      const pair = generateKeyPair();
      const message = randomBytes(1 + round * 5);
      const ours = sign(pair.privateKey, message);
      assert.equal(verifyByReference(pair.publicKey, message, ours), true);
      assert.equal(verify(typedPublicKey(pair.publicKey), message, ours), true);
      const theirs = Buffer.from(signByReference(pair.privateKey, message, undefined));
      signs.add(theirs.readUInt8(63) & 0x80);
      assert.equal(verify(pair.publicKey, message, theirs), true);
    }
    assert.equal(signs.size, 2, 'both signs of the Edwards point were met');
  });

  it('keeps the top bit clear and never repeats a signature', () => {
    const pair = generateKeyPair();
    const message = Buffer.from('status');
    const signatures = Array.from({ length: 20 }, () => sign(pair.privateKey, message));
    assert.equal(new Set(signatures.map((signature) => signature.toString('hex'))).size, 20);
    for (const signature of signatures) assert.equal(signature.readUInt8(63) & 0x80, 0);
  });

  it('signs an empty message and one of a megabyte', () => {
    const pair = generateKeyPair();
    for (const message of [Buffer.alloc(0), Buffer.alloc(1024 * 1024)]) {
      assert.equal(verify(pair.publicKey, message, sign(pair.privateKey, message)), true);
    }
  });

  it('is Ed25519 beneath: a signature by Node is accepted under the same point in Montgomery form', () => {
    const pair = generateKeyPairSync('ed25519');
    const edwards = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const message = randomBytes(40);
    const signature = signEd25519(null, message, pair.privateKey);
    signature.writeUInt8(signature.readUInt8(63) | (edwards.readUInt8(31) & 0x80), 63);
    assert.equal(verify(montgomeryOf(edwards), message, signature), true);
  });

  it('refuses another message, another key, a random signature and a scalar beyond the group order', () => {
    const pair = generateKeyPair();
    const message = Buffer.from('certificate');
    const signature = sign(pair.privateKey, message);
    assert.equal(verify(pair.publicKey, Buffer.from('certificatf'), signature), false);
    assert.equal(verify(generateKeyPair().publicKey, message, signature), false);
    assert.equal(verify(pair.publicKey, message, randomBytes(64)), false);
    const beyond = Buffer.from(signature);
    beyond.fill(0xff, 32);
    assert.equal(verify(pair.publicKey, message, beyond), false);
  });

  it('answers false, without throwing, to malformed keys and signatures', () => {
    const message = Buffer.from('x');
    assert.equal(verify(Buffer.alloc(0), message, Buffer.alloc(64)), false);
    assert.equal(verify(Buffer.alloc(32, 0xff), message, Buffer.alloc(64)), false);
    assert.equal(verify(hex(`ec${'ff'.repeat(30)}7f`), message, Buffer.alloc(64)), false);
    assert.equal(verify(Buffer.alloc(32), message, Buffer.alloc(64)), false);
    assert.equal(verify(Buffer.alloc(33, 6), message, Buffer.alloc(64)), false);
    assert.equal(verify(Buffer.alloc(32, 1), message, Buffer.alloc(10)), false);
  });
});

/** u = (1+y)/(1-y) modulo 2^255-19, written out plainly so that the test does not lean on what it tests. */
function montgomeryOf(edwards: Buffer): Buffer {
  const prime = 2n ** 255n - 19n;
  const power = (base: bigint, exponent: bigint): bigint => {
    if (exponent === 0n) return 1n;
    const half = power((base * base) % prime, exponent / 2n);
    return exponent % 2n === 1n ? (half * base) % prime : half;
  };
  const bytes = Buffer.from(edwards);
  bytes.writeUInt8(bytes.readUInt8(31) & 0x7f, 31);
  const y = BigInt(`0x${bytes.reverse().toString('hex')}`);
  const u = ((1n + y) * power((1n - y + prime) % prime, prime - 2n)) % prime;
  return Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse();
}
