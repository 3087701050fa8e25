import { createHash, createHmac, createPrivateKey, createPublicKey, verify as verifyEd25519 } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { keyPairFromPrivate } from './x25519.js';

/**
 * Signal's XEdDSA: Ed25519 signatures made with Curve25519 keys. The sign bit of the Ed25519 public key travels in
 * bit 7 of the last byte. Node's Ed25519 does the curve arithmetic; only the conversion between the curves and the
 * scalar sum are done here. For test keys: the arithmetic on secrets takes no constant time.
 */

const P = 2n ** 255n - 19n;
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const SIGNATURE_LENGTH = 64;
const KEY_LENGTH = 32;
const CACHE_LIMIT = 2048;
const UNREAD_PUBLIC_HALF = Buffer.alloc(KEY_LENGTH).toString('base64url');

const edwardsKeys = new Map<string, KeyObject>();

function readLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function writeLittleEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(KEY_LENGTH * 2, '0'), 'hex').reverse();
}

function invert(value: bigint): bigint {
  let [a, b, x, y] = [value % P, P, 1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b] = [b % a, a];
    [x, y] = [y - quotient * x, x];
  }
  return ((x % P) + P) % P;
}

/** `y = (u - 1) / (u + 1)`; undefined for the one u that has no image. */
function montgomeryToEdwards(publicKey: Uint8Array): Buffer | undefined {
  const u = readLittleEndian(publicKey) & (2n ** 255n - 1n);
  const denominator = (u + 1n) % P;
  if (denominator === 0n) return undefined;
  return writeLittleEndian((((u + P - 1n) % P) * invert(denominator)) % P);
}

function withSignBit(edwards: Buffer, signBit: number): Buffer {
  const point = Buffer.from(edwards);
  point[31] = (point[31] ?? 0) | signBit;
  return point;
}

function pointKeyObject(point: Buffer): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') }, format: 'jwk' });
}

function edwardsKeyObject(publicKey: Uint8Array, signBit: number): KeyObject | undefined {
  const cacheKey = `${signBit}${Buffer.from(publicKey).toString('latin1')}`;
  const cached = edwardsKeys.get(cacheKey);
  if (cached) return cached;
  const edwards = montgomeryToEdwards(publicKey);
  if (!edwards) return undefined;
  const created = pointKeyObject(withSignBit(edwards, signBit));
  if (edwardsKeys.size >= CACHE_LIMIT) edwardsKeys.clear();
  edwardsKeys.set(cacheKey, created);
  return created;
}

/** True only for a signature by the owner of `publicKey` (32 raw bytes) over exactly `message`. Never throws on bad input. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== KEY_LENGTH || signature.length !== SIGNATURE_LENGTH) return false;
  const lastByte = signature[SIGNATURE_LENGTH - 1] ?? 0;
  const key = edwardsKeyObject(publicKey, lastByte & 0x80);
  if (!key) return false;
  const plainSignature = Buffer.from(signature);
  plainSignature[SIGNATURE_LENGTH - 1] = lastByte & 0x7f;
  return verifyEd25519(null, message, key, plainSignature);
}

function sha512(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function clampedScalar(bytes: Uint8Array): bigint {
  const scalar = Buffer.from(bytes.subarray(0, KEY_LENGTH));
  scalar[0] = (scalar[0] ?? 0) & 0xf8;
  scalar[31] = ((scalar[31] ?? 0) & 0x7f) | 0x40;
  return readLittleEndian(scalar);
}

/** A scalar and its Ed25519 point, by letting node derive an Ed25519 public key from a seed. */
function nonceFrom(seed: Buffer): { scalar: bigint; point: Buffer } {
  // Node demands a public half in private JWKs and does not read it.
  const jwk = { kty: 'OKP', crv: 'Ed25519', d: seed.toString('base64url'), x: UNREAD_PUBLIC_HALF };
  const { x } = createPrivateKey({ key: jwk, format: 'jwk' }).export({ format: 'jwk' });
  const point = Buffer.from(x ?? '', 'base64url');
  return { scalar: clampedScalar(sha512(seed)), point };
}

/**
 * Signs with a raw X25519 private key: 64 bytes, the same for the same key and message.
 * `publicKey` spares its derivation when the caller has it.
 */
export function sign(privateKey: Uint8Array, message: Uint8Array, publicKey?: Uint8Array): Buffer {
  const ownPublicKey = publicKey ?? keyPairFromPrivate(privateKey).publicKey;
  const seed = createHmac('sha512', privateKey).update('xeddsa nonce').update(message).digest().subarray(0, KEY_LENGTH);
  const nonce = nonceFrom(seed);
  const scalar = clampedScalar(privateKey);
  const edwards = montgomeryToEdwards(ownPublicKey);
  if (!edwards) throw new TypeError('the public key has no Ed25519 counterpart');
  // u alone does not tell which of the two Edwards points belongs to the private key, so the wrong guess is found by trying.
  for (const signBit of [0, 0x80]) {
    const point = withSignBit(edwards, signBit);
    const challenge = readLittleEndian(sha512(nonce.point, point, message)) % GROUP_ORDER;
    const s = writeLittleEndian((nonce.scalar + challenge * scalar) % GROUP_ORDER);
    const signature = Buffer.concat([nonce.point, s]);
    if (verifyEd25519(null, message, pointKeyObject(point), signature)) {
      signature[SIGNATURE_LENGTH - 1] = (signature[SIGNATURE_LENGTH - 1] ?? 0) | signBit;
      return signature;
    }
  }
  throw new Error('the public key does not belong to the private key');
}
