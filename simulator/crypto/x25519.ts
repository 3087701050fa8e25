import { randomBytes } from 'node:crypto';
import sodium from 'sodium-native';

/** Raw 32-byte Curve25519 keys, as WhatsApp stanzas carry them (without the `05` type byte). */
export interface KeyPair {
  readonly publicKey: Buffer;
  readonly privateKey: Buffer;
}

const keyLength = 32;

function assertKeyLength(key: Uint8Array, what: string): void {
  if (key.length !== keyLength) throw new TypeError(`${what} must have 32 bytes, not ${key.length}`);
}

/** A fresh random key pair. */
export function generateKeyPair(): KeyPair {
  return keyPairFromPrivate(randomBytes(keyLength));
}

/** The key pair that belongs to these 32 bytes: the same bytes always give the same pair. */
export function keyPairFromPrivate(privateKey: Uint8Array): KeyPair {
  assertKeyLength(privateKey, 'an X25519 private key');
  const publicKey = Buffer.alloc(keyLength);
  sodium.crypto_scalarmult_base(publicKey, privateKey);
  return { publicKey, privateKey: Buffer.from(privateKey) };
}

/**
 * X25519 of raw keys, 32 bytes. Throws for keys of another length and for points of low order. Not with node's key
 * objects: making one costs more than the curve, and exporting one that node generated can hang the process for good.
 */
export function dh(privateKey: Uint8Array, publicKey: Uint8Array): Buffer {
  assertKeyLength(privateKey, 'an X25519 private key');
  assertKeyLength(publicKey, 'an X25519 public key');
  const shared = Buffer.alloc(keyLength);
  sodium.crypto_scalarmult(shared, privateKey, publicKey);
  return shared;
}

/** A Signal structure's key: `05` and the 32 raw bytes. */
export function withTypeByte(publicKey: Uint8Array): Buffer {
  assertKeyLength(publicKey, 'an X25519 public key');
  return Buffer.concat([Uint8Array.of(5), publicKey]);
}

/** The 32 raw bytes of a 33-byte key, or undefined when it is not `05` and 32 bytes. */
export function withoutTypeByte(key: Uint8Array | null | undefined): Buffer | undefined {
  return key?.length === keyLength + 1 && key[0] === 5 ? Buffer.from(key.subarray(1)) : undefined;
}
