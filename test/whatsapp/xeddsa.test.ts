import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Curve } from '@whiskeysockets/baileys';
import { verifyXeddsa } from '../../server/whatsapp/xeddsa.js';

describe('XEdDSA signatures', () => {
  it('accepts what the key has signed, with and without the type byte, for both signs of the point', () => {
    const signs = new Set<number>();
    for (let round = 0; round < 24; round += 1) {
      const pair = Curve.generateKeyPair();
      const message = randomBytes(round * 7);
      if (message.length === 0) continue;
      const signature = Curve.sign(pair.private, message);
      signs.add((signature[63] ?? 0) & 0x80);
      assert.equal(verifyXeddsa(pair.public, message, signature), true);
      assert.equal(verifyXeddsa(Buffer.concat([Buffer.from([5]), pair.public]), message, signature), true);
    }
    assert.equal(signs.size, 2);
  });

  it('refuses another message, another key, a changed byte and a random signature', () => {
    const pair = Curve.generateKeyPair();
    const message = Buffer.from('certificate');
    const signature = Curve.sign(pair.private, message);
    assert.equal(verifyXeddsa(pair.public, Buffer.from('certificatf'), signature), false);
    assert.equal(verifyXeddsa(Curve.generateKeyPair().public, message, signature), false);
    for (const position of [0, 31, 32, 62]) {
      const changed = Buffer.from(signature);
      changed[position] = (changed[position] ?? 0) ^ 1;
      assert.equal(verifyXeddsa(pair.public, message, changed), false);
    }
    assert.equal(verifyXeddsa(pair.public, message, randomBytes(64)), false);
  });

  it('answers false to malformed keys and signatures', () => {
    const message = Buffer.from('x');
    assert.equal(verifyXeddsa(Buffer.alloc(0), message, Buffer.alloc(64)), false);
    assert.equal(verifyXeddsa(Buffer.alloc(32, 0xff), message, Buffer.alloc(64)), false);
    assert.equal(verifyXeddsa(Buffer.alloc(32, 1), message, Buffer.alloc(10)), false);
  });
});
