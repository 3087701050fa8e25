import sodium from 'sodium-native';

/** A Curve25519 pair as raw bytes, 32 each, without Signal's type byte. */
export interface KeyPair {
  publicKey: Buffer;
  privateKey: Buffer;
}

const typeByte = 5;
const prime = 2n ** 255n - 19n;
const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;
const hashPrefix = Buffer.alloc(32, 0xff);
hashPrefix[0] = 0xfe;

/** Brings a public key of 32 bytes, or of 33 with Signal's type byte in front, to its 32 bytes. Throws on anything else. */
export function rawPublicKey(key: Uint8Array): Uint8Array {
  if (key.length === 32) return key;
  if (key.length === 33 && key[0] === typeByte) return key.subarray(1);
  throw new Error('A Curve25519 public key has 32 bytes, or 33 with the type byte 5 in front.');
}

/** A public key (32 or 33 bytes) in the form Signal puts on the wire: type byte 5 and 32 bytes. */
export function typedPublicKey(key: Uint8Array): Buffer {
  const typed = Buffer.allocUnsafe(33);
  typed[0] = typeByte;
  typed.set(rawPublicKey(key), 1);
  return typed;
}

function clamped(privateKey: Uint8Array): Buffer {
  if (privateKey.length !== 32) throw new Error('A Curve25519 private key has 32 bytes.');
  const scalar = Buffer.from(privateKey);
  scalar.writeUInt8(scalar.readUInt8(0) & 248, 0);
  scalar.writeUInt8((scalar.readUInt8(31) & 127) | 64, 31);
  return scalar;
}

const randomPool = Buffer.alloc(32 * 64);
let usedOfPool = randomPool.length;

/** 32 random bytes. Asking the system for a few kilobytes at once spares most of its calls; what is used is wiped. */
function randomKey(): Buffer {
  if (usedOfPool === randomPool.length) {
    sodium.randombytes_buf(randomPool);
    usedOfPool = 0;
  }
  const fresh = randomPool.subarray(usedOfPool, usedOfPool + 32);
  usedOfPool += 32;
  const key = Buffer.from(fresh);
  fresh.fill(0);
  return key;
}

/** A fresh pair from the system's randomness. The private key is clamped. */
export function generateKeyPair(): KeyPair {
  const privateKey = clamped(randomKey());
  return { publicKey: publicKeyOf(privateKey), privateKey };
}

/** The public key (32 bytes) that belongs to a private key. */
export function publicKeyOf(privateKey: Uint8Array): Buffer {
  const publicKey = Buffer.allocUnsafe(32);
  sodium.crypto_scalarmult_base(publicKey, privateKey);
  return publicKey;
}

/** X25519 (RFC 7748), 32 bytes. Throws on malformed keys and on a public key of low order, whose secret everybody knows. */
export function agree(privateKey: Uint8Array, publicKey: Uint8Array): Buffer<ArrayBuffer> {
  const shared = Buffer.allocUnsafe(32);
  sodium.crypto_scalarmult(shared, privateKey, rawPublicKey(publicKey));
  return shared;
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function toLittleEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

function hashToScalar(...parts: readonly Uint8Array[]): Buffer {
  const digest = Buffer.allocUnsafe(64);
  sodium.crypto_hash_sha512(digest, Buffer.concat(parts));
  const scalar = Buffer.allocUnsafe(32);
  sodium.crypto_core_ed25519_scalar_reduce(scalar, digest);
  return scalar;
}

/**
 * Signs with a Curve25519 private key: XEdDSA as Signal publishes it ("The XEdDSA and VXEdDSA Signature Schemes",
 * section 2), 64 bytes. The scalar is negated where the Edwards point is odd, so the signature's top bit is always clear
 * and verifiers pass it whether or not they look there for a sign.
 */
export function sign(privateKey: Uint8Array, message: Uint8Array): Buffer {
  const wide = Buffer.alloc(64);
  wide.set(clamped(privateKey));
  const scalar = Buffer.allocUnsafe(32);
  sodium.crypto_core_ed25519_scalar_reduce(scalar, wide);
  const point = Buffer.allocUnsafe(32);
  sodium.crypto_scalarmult_ed25519_base_noclamp(point, scalar);
  const lastByte = point.readUInt8(31);
  if (lastByte & 0x80) sodium.crypto_core_ed25519_scalar_negate(scalar, Buffer.from(scalar));
  point.writeUInt8(lastByte & 0x7f, 31);

  const random = Buffer.allocUnsafe(64);
  sodium.randombytes_buf(random);
  const nonce = hashToScalar(hashPrefix, scalar, message, random);
  const signature = Buffer.allocUnsafe(64);
  sodium.crypto_scalarmult_ed25519_base_noclamp(signature.subarray(0, 32), nonce);
  const challenge = hashToScalar(signature.subarray(0, 32), point, message);
  // sodium-native offers every step but the multiplication of scalars.
  const product = fromLittleEndian(challenge) * fromLittleEndian(scalar);
  signature.set(toLittleEndian((fromLittleEndian(nonce) + product) % groupOrder), 32);
  return signature;
}

/** The inverse modulo 2^255-19, by Euclid: ten times as fast with big integers as raising to the power p-2. */
function invert(value: bigint): bigint {
  let [coefficient, nextCoefficient] = [0n, 1n];
  let [remainder, nextRemainder] = [prime, value];
  while (nextRemainder !== 0n) {
    const quotient = remainder / nextRemainder;
    [coefficient, nextCoefficient] = [nextCoefficient, coefficient - quotient * nextCoefficient];
    [remainder, nextRemainder] = [nextRemainder, remainder - quotient * nextRemainder];
  }
  return coefficient < 0n ? coefficient + prime : coefficient;
}

/** The Edwards form of a Montgomery point, y = (u-1)/(u+1), with a clear sign bit; undefined for values no key has. */
function edwardsPoint(publicKey: Uint8Array): Buffer | undefined {
  const u = fromLittleEndian(publicKey);
  if (u >= prime - 1n) return undefined;
  return toLittleEndian(((u - 1n + prime) * invert(u + 1n)) % prime);
}

/**
 * Whether `signature` is an XEdDSA signature of `message` under a Curve25519 public key (32 or 33 bytes). A sign in the
 * signature's top bit, as older Signal libraries write it, is understood. False for anything malformed; never throws.
 */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  if (publicKey.length !== 32 && !(publicKey.length === 33 && publicKey[0] === typeByte)) return false;
  const point = edwardsPoint(rawPublicKey(publicKey));
  if (point === undefined) return false;
  const plain = Buffer.from(signature);
  const lastByte = plain.readUInt8(63);
  plain.writeUInt8(lastByte & 0x7f, 63);
  point.writeUInt8(point.readUInt8(31) | (lastByte & 0x80), 31);
  return sodium.crypto_sign_verify_detached(plain, message, point);
}
