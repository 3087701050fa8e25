import { createPublicKey, verify } from 'node:crypto';

const prime = 2n ** 255n - 19n;
const ed25519SpkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let factor = base % prime;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * factor) % prime;
    factor = (factor * factor) % prime;
  }
  return result;
}

function readLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function writeLittleEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

/**
 * Checks an XEdDSA signature (Signal's "XEdDSA and VXEdDSA", section 2) made with a Curve25519 key: the Montgomery point
 * is carried over to its Edwards form, with the sign bit that XEdDSA keeps in the signature's last byte, and the rest is
 * Ed25519 as Node knows it.
 *
 * `publicKey` is 32 bytes, or 33 with Signal's type byte 5 in front. False for anything malformed; never throws.
 */
export function verifyXeddsa(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const point = publicKey.length === 33 && publicKey[0] === 5 ? publicKey.subarray(1) : publicKey;
  const lastByte = signature[63];
  if (point.length !== 32 || signature.length !== 64 || lastByte === undefined) return false;
  const u = readLittleEndian(point) & (2n ** 255n - 1n);
  if (u >= prime || u === prime - 1n) return false;
  const y = ((u - 1n + prime) * power(u + 1n, prime - 2n)) % prime;
  const edwards = writeLittleEndian(y);
  edwards[31] = (edwards[31] ?? 0) | (lastByte & 0x80);
  const plain = Buffer.from(signature);
  plain[63] = lastByte & 0x7f;
  try {
    const key = createPublicKey({ key: Buffer.concat([ed25519SpkiPrefix, edwards]), format: 'der', type: 'spki' });
    return verify(null, message, key, plain);
  } catch {
    return false;
  }
}
