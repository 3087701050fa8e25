import sodium from 'sodium-native';

const blockSize = 64;
const zeroSalt = Buffer.alloc(32);
const outer = Buffer.alloc(blockSize + 32);
const outerDigest = outer.subarray(blockSize);
let inner = Buffer.alloc(blockSize + 1024);

/**
 * HMAC-SHA-256 of the parts in their order; 32 bytes. Two calls of sodium's one-shot hash cost half of what Node's
 * streaming objects do, and a session takes a dozen of them. The key has at most 64 bytes.
 */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  if (key.length > blockSize) throw new Error('This HMAC takes keys of at most 64 bytes.');
  let size = blockSize;
  for (const part of parts) size += part.length;
  if (size > inner.length) inner = Buffer.alloc(size * 2);
  for (let index = 0; index < blockSize; index += 1) {
    const byte = key[index] ?? 0;
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  let offset = blockSize;
  for (const part of parts) {
    inner.set(part, offset);
    offset += part.length;
  }
  sodium.crypto_hash_sha256(outerDigest, inner.subarray(0, size));
  const digest = Buffer.allocUnsafe(32);
  sodium.crypto_hash_sha256(digest, outer);
  return digest;
}

const counters = [Buffer.of(1), Buffer.of(2), Buffer.of(3)];

/** HKDF (RFC 5869) with SHA-256: `blocks` times 32 bytes. Without a salt, 32 zeros, as Signal uses it. */
export function deriveSecrets(
  secret: Uint8Array,
  info: Uint8Array,
  blocks: 1 | 2 | 3,
  salt: Uint8Array = zeroSalt,
): Buffer {
  const key = hmacSha256(salt, secret);
  const derived = Buffer.allocUnsafe(blocks * 32);
  let previous: Uint8Array = derived.subarray(0, 0);
  for (const [index, counter] of counters.entries()) {
    if (index === blocks) break;
    previous = hmacSha256(key, previous, info, counter);
    derived.set(previous, index * 32);
  }
  return derived;
}

const messageKeySeed = Buffer.of(1);
const chainKeySeed = Buffer.of(2);

/** One step of a symmetric ratchet: the seed of this message's keys, and the chain key of the next message. */
export function stepChain(chainKey: Uint8Array): { messageSeed: Buffer; nextChainKey: Buffer } {
  return { messageSeed: hmacSha256(chainKey, messageKeySeed), nextChainKey: hmacSha256(chainKey, chainKeySeed) };
}
