import { randomBytes, randomInt } from 'node:crypto';
import { generateKeyPair, sign, typedPublicKey } from './curve.js';
import { deriveSecrets, stepChain } from './kdf.js';
import { encryptCbc } from './session-encrypt.js';
import { encodeSignalMessage } from './signal-protobuf.js';

/** A sender key in use: what is known of the chain, and the pair its messages are signed with. */
export interface SenderKey {
  readonly keyId: number;
  /** The number of the next message. */
  readonly iteration: number;
  readonly chainKey: Buffer;
  readonly signingKey: { readonly public: Buffer; readonly private: Buffer };
}

/** One message to everybody who holds the sender key. */
export interface SenderKeyMessage {
  /** The content of the `skmsg` node. */
  readonly body: Buffer;
  /** What a device needs to read this message and all later ones (`axolotlSenderKeyDistributionMessage`). */
  readonly distribution: Buffer;
  /** The key as it has to be stored before the message leaves. */
  readonly next: SenderKey;
}

const groupInfo = Buffer.from('WhisperGroup');
const signatureSize = 64;
/** The largest id that Baileys itself would choose. */
const maxKeyId = 2 ** 31 - 1;

/** A sender key that nobody holds yet. */
export function createSenderKey(): SenderKey {
  const { publicKey, privateKey } = generateKeyPair();
  return {
    keyId: randomInt(maxKeyId),
    iteration: 0,
    chainKey: randomBytes(32),
    signingKey: { public: typedPublicKey(publicKey), private: privateKey },
  };
}

/** What a device needs to read the next message and all later ones. */
export function distributionOf(key: SenderKey): Buffer {
  return encodeSignalMessage([
    [1, key.keyId],
    [2, key.iteration],
    [3, key.chainKey],
    [4, key.signingKey.public],
  ]);
}

/**
 * Encrypts for everybody who holds the key. Takes one number after another, where Baileys' cipher skips every second and
 * stores the skipped keys with the record; receivers accept both.
 */
export function encryptWithSenderKey(key: SenderKey, payload: Uint8Array): SenderKeyMessage {
  const { messageSeed, nextChainKey } = stepChain(key.chainKey);
  const derived = deriveSecrets(messageSeed, groupInfo, 2);
  const ciphertext = encryptCbc(derived.subarray(16, 48), derived.subarray(0, 16), payload);
  const body = encodeSignalMessage(
    [
      [1, key.keyId],
      [2, key.iteration],
      [3, ciphertext],
    ],
    signatureSize,
  );
  const signed = body.subarray(0, -signatureSize);
  body.set(sign(key.signingKey.private, signed), signed.length);
  return {
    body,
    distribution: distributionOf(key),
    next: { ...key, iteration: key.iteration + 1, chainKey: nextChainKey },
  };
}
