import { createPrivateKey, createPublicKey, diffieHellman, randomBytes, type KeyObject } from 'node:crypto';

/** Raw 32-byte Curve25519 keys, as WhatsApp stanzas carry them (without the `05` type byte). */
export interface KeyPair {
  readonly publicKey: Buffer;
  readonly privateKey: Buffer;
}

const KEY_LENGTH = 32;
const PUBLIC_CACHE_LIMIT = 2048;
/** Node demands a public half in private JWKs and does not read it. */
const UNREAD_PUBLIC_HALF = Buffer.alloc(KEY_LENGTH).toString('base64url');

/** One sender's keys are used by every recipient of a post, so parsing them once pays. */
const publicKeyObjects = new Map<string, KeyObject>();
/** Node derives the public key each time it reads a private one; a buffer used twice is read once. */
const privateKeyObjects = new WeakMap<Uint8Array, KeyObject>();

function assertKeyLength(key: Uint8Array, what: string): void {
  if (key.length !== KEY_LENGTH) throw new TypeError(`${what} must have 32 bytes, not ${key.length}`);
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/** As JWK, which node reads ten times faster than DER. */
function importPrivateKey(privateKey: Uint8Array): KeyObject {
  assertKeyLength(privateKey, 'an X25519 private key');
  const jwk = { kty: 'OKP', crv: 'X25519', d: base64url(privateKey), x: UNREAD_PUBLIC_HALF };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

function privateKeyObject(privateKey: Uint8Array): KeyObject {
  const cached = privateKeyObjects.get(privateKey);
  if (cached) return cached;
  const created = importPrivateKey(privateKey);
  privateKeyObjects.set(privateKey, created);
  return created;
}

function publicKeyObject(publicKey: Uint8Array): KeyObject {
  assertKeyLength(publicKey, 'an X25519 public key');
  const x = base64url(publicKey);
  const cached = publicKeyObjects.get(x);
  if (cached) return cached;
  const created = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  if (publicKeyObjects.size >= PUBLIC_CACHE_LIMIT) publicKeyObjects.clear();
  publicKeyObjects.set(x, created);
  return created;
}

function half(key: KeyObject, name: 'd' | 'x'): Buffer {
  const value = key.export({ format: 'jwk' })[name];
  if (value === undefined) throw new Error(`the key has no ${name}`);
  return Buffer.from(value, 'base64url');
}

/**
 * A fresh random key pair. Not by node's own generator: exporting a key that it made can hang the process for good,
 * because a collection in the middle frees the job that made the key, and that waits for the lock that the export holds.
 */
export function generateKeyPair(): KeyPair {
  return keyPairFromPrivate(randomBytes(KEY_LENGTH));
}

/** The key pair that belongs to these 32 bytes: the same bytes always give the same pair. */
export function keyPairFromPrivate(privateKey: Uint8Array): KeyPair {
  return { publicKey: half(importPrivateKey(privateKey), 'x'), privateKey: Buffer.from(privateKey) };
}

/** X25519 of raw keys, 32 bytes. Key buffers must not be changed afterwards. Throws for keys of another length and for points of low order. */
export function dh(privateKey: Uint8Array, publicKey: Uint8Array): Buffer {
  return diffieHellman({ privateKey: privateKeyObject(privateKey), publicKey: publicKeyObject(publicKey) });
}

/** A Signal structure's key: `05` and the 32 raw bytes. */
export function withTypeByte(publicKey: Uint8Array): Buffer {
  assertKeyLength(publicKey, 'an X25519 public key');
  return Buffer.concat([Uint8Array.of(5), publicKey]);
}

/** The 32 raw bytes of a 33-byte key, or undefined when it is not `05` and 32 bytes. */
export function withoutTypeByte(key: Uint8Array | null | undefined): Buffer | undefined {
  return key?.length === KEY_LENGTH + 1 && key[0] === 5 ? Buffer.from(key.subarray(1)) : undefined;
}

/** 32 random bytes, for secrets that are not key pairs. */
export function randomSecret(): Buffer {
  return randomBytes(KEY_LENGTH);
}
