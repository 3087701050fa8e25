import assert from 'node:assert/strict';
import { createHmac, hkdfSync, randomBytes, randomInt } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import { deriveSecrets, hmacSha256 } from '../../server/whatsapp/signal/kdf.js';
import { encodeSignalMessage } from '../../server/whatsapp/signal/signal-protobuf.js';

describe('Signal messages as protobuf', () => {
  it('are the bytes that a protobuf library writes, for numbers and fields of every size', () => {
    for (const number of [0, 1, 127, 128, 16_383, 16_384, 2 ** 21, 2 ** 28, 2 ** 31, 2 ** 32 - 1, -1]) {
      const fields = {
        preKeyId: number >>> 0,
        baseKey: randomBytes(33),
        identityKey: randomBytes(0),
        message: randomBytes(randomInt(1, 20_000)),
        registrationId: number >>> 0,
        signedPreKeyId: number >>> 0,
      };
      const ours = encodeSignalMessage([
        [1, number],
        [2, fields.baseKey],
        [3, fields.identityKey],
        [4, fields.message],
        [5, number],
        [6, number],
      ]);
      assert.equal(ours[0], 0x33);
      assert.deepEqual(ours.subarray(1), Buffer.from(proto.PreKeySignalMessage.encode(fields).finish()));
    }
  });

  it('leave out what is undefined and keep room for a trailer', () => {
    assert.deepEqual(
      encodeSignalMessage(
        [
          [1, undefined],
          [2, 0],
        ],
        8,
      ).subarray(0, 3),
      Buffer.of(0x33, 0x10, 0),
    );
    assert.equal(encodeSignalMessage([[2, 0]], 8).length, 11);
  });
});

describe('Key derivation', () => {
  it("agrees with Node's HMAC and HKDF at every length", () => {
    for (const size of [0, 1, 32, 55, 56, 64, 97, 1000, 5000]) {
      const key = randomBytes(32);
      const data = randomBytes(size);
      assert.deepEqual(
        hmacSha256(key, data.subarray(0, 7), data.subarray(7)),
        createHmac('sha256', key).update(data).digest(),
      );
      for (const blocks of [1, 2, 3] as const) {
        const expected = Buffer.from(hkdfSync('sha256', data, key, 'WhisperText', blocks * 32));
        assert.deepEqual(deriveSecrets(data, Buffer.from('WhisperText'), blocks, key), expected);
      }
    }
    assert.throws(() => hmacSha256(Buffer.alloc(65), Buffer.alloc(1)));
  });
});
