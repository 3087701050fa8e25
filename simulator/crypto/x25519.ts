import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';

/** Raw 32-byte Curve25519 keys, as WhatsApp stanzas carry them (without the `05` type byte). */
export interface KeyPair {
  readonly publicKey: Buffer;
  readonly privateKey: Buffer;
}

const X25519_PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const X25519_PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
const KEY_LENGTH = 32;
const PUBLIC_CACHE_LIMIT = 2048;

/** One sender's keys are used by every recipient of a post, so parsing them once pays. */
const publicKeyObjects = new Map<string, KeyObject>();
/** Node derives the public key each time it reads a private one; a buffer used twice is read once. */
const privateKeyObjects = new WeakMap<Uint8Array, KeyObject>();

function assertKeyLength(key: Uint8Array, what: string): void {
  if (key.length !== KEY_LENGTH) throw new TypeError(`${what} must have 32 bytes, not ${key.length}`);
}

function privateKeyObject(privateKey: Uint8Array): KeyObject {
  const cached = privateKeyObjects.get(privateKey);
  if (cached) return cached;
  assertKeyLength(privateKey, 'an X25519 private key');
  const created = createPrivateKey({
    key: Buffer.concat([X25519_PRIVATE_PREFIX, privateKey]),
    format: 'der',
    type: 'pkcs8',
  });
  privateKeyObjects.set(privateKey, created);
  return created;
}

function publicKeyObject(publicKey: Uint8Array): KeyObject {
  assertKeyLength(publicKey, 'an X25519 public key');
  const cacheKey = Buffer.from(publicKey).toString('latin1');
  const cached = publicKeyObjects.get(cacheKey);
  if (cached) return cached;
  const created = createPublicKey({
    key: Buffer.concat([X25519_PUBLIC_PREFIX, publicKey]),
    format: 'der',
    type: 'spki',
  });
  if (publicKeyObjects.size >= PUBLIC_CACHE_LIMIT) publicKeyObjects.clear();
  publicKeyObjects.set(cacheKey, created);
  return created;
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(X25519_PUBLIC_PREFIX.length);
}

/** A fresh random key pair. */
export function generateKeyPair(): KeyPair {
  const pair = generateKeyPairSync('x25519');
  return {
    publicKey: Buffer.from(rawPublicKey(pair.publicKey)),
    privateKey: Buffer.from(
      pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(X25519_PRIVATE_PREFIX.length),
    ),
  };
}

/** The key pair that belongs to these 32 bytes: the same bytes always give the same pair. */
export function keyPairFromPrivate(privateKey: Uint8Array): KeyPair {
  const publicKey = rawPublicKey(createPublicKey(privateKeyObject(privateKey)));
  return { publicKey: Buffer.from(publicKey), privateKey: Buffer.from(privateKey) };
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
