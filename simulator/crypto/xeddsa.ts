import { createHash, createHmac, createPublicKey, verify as verifyEd25519 } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import sodium from 'sodium-native';

/**
 * Signal's XEdDSA: Ed25519 signatures made with Curve25519 keys. The sign bit of the Ed25519 public key travels in
 * bit 7 of the last byte. Node verifies and sodium multiplies points; only the conversion between the curves and
 * the scalar sum are done here. For test keys: the arithmetic on secrets takes no constant time.
 */

const fieldPrime = 2n ** 255n - 19n;
const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;
const signatureLength = 64;
const keyLength = 32;
const maxCached = 2048;

const edwardsKeys = new Map<string, KeyObject>();

function readLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function writeLittleEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(keyLength * 2, '0'), 'hex').reverse();
}

function invert(value: bigint): bigint {
  let [a, b, x, y] = [value % fieldPrime, fieldPrime, 1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b] = [b % a, a];
    [x, y] = [y - quotient * x, x];
  }
  return ((x % fieldPrime) + fieldPrime) % fieldPrime;
}

/** `y = (u - 1) / (u + 1)`; undefined for the one u that has no image. */
function montgomeryToEdwards(publicKey: Uint8Array): Buffer | undefined {
  const u = readLittleEndian(publicKey) & (2n ** 255n - 1n);
  const denominator = (u + 1n) % fieldPrime;
  if (denominator === 0n) return undefined;
  return writeLittleEndian((((u + fieldPrime - 1n) % fieldPrime) * invert(denominator)) % fieldPrime);
}

function edwardsKeyObject(publicKey: Uint8Array, signBit: number): KeyObject | undefined {
  const cacheKey = `${signBit}${Buffer.from(publicKey).toString('latin1')}`;
  const cached = edwardsKeys.get(cacheKey);
  if (cached) return cached;
  const edwards = montgomeryToEdwards(publicKey);
  if (!edwards) return undefined;
  edwards[31] = (edwards[31] ?? 0) | signBit;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: edwards.toString('base64url') };
  const created = createPublicKey({ key: jwk, format: 'jwk' });
  if (edwardsKeys.size >= maxCached) edwardsKeys.clear();
  edwardsKeys.set(cacheKey, created);
  return created;
}

/** True only for a signature by the owner of `publicKey` (32 raw bytes) over exactly `message`. Never throws on bad input. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== keyLength || signature.length !== signatureLength) return false;
  const lastByte = signature[signatureLength - 1] ?? 0;
  const key = edwardsKeyObject(publicKey, lastByte & 0x80);
  if (!key) return false;
  const plainSignature = Buffer.from(signature);
  plainSignature[signatureLength - 1] = lastByte & 0x7f;
  return verifyEd25519(null, message, key, plainSignature);
}

function sha512(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** A scalar as Curve25519 uses it, and its Ed25519 point. */
function clampedPair(bytes: Uint8Array): { scalar: bigint; point: Buffer } {
  const scalar = Buffer.from(bytes.subarray(0, keyLength));
  scalar[0] = (scalar[0] ?? 0) & 0xf8;
  scalar[31] = ((scalar[31] ?? 0) & 0x7f) | 0x40;
  const point = Buffer.alloc(keyLength);
  sodium.crypto_scalarmult_ed25519_base_noclamp(point, scalar);
  return { scalar: readLittleEndian(scalar), point };
}

/** Signs with a raw X25519 private key: 64 bytes, the same for the same key and message. */
export function sign(privateKey: Uint8Array, message: Uint8Array): Buffer {
  const seed = createHmac('sha512', privateKey).update('xeddsa nonce').update(message).digest().subarray(0, keyLength);
  const nonce = clampedPair(sha512(seed));
  const own = clampedPair(privateKey);
  const challenge = readLittleEndian(sha512(nonce.point, own.point, message)) % groupOrder;
  const s = writeLittleEndian((nonce.scalar + challenge * own.scalar) % groupOrder);
  s[31] = (s[31] ?? 0) | ((own.point[31] ?? 0) & 0x80);
  return Buffer.concat([nonce.point, s]);
}
