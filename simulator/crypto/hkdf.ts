import { createHash, createHmac, hkdfSync, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';

const pbkdf2Async = promisify(pbkdf2);

/** HKDF-SHA256. A missing salt means 32 zero bytes, as everywhere in WhatsApp's protocol. */
export function hkdf(
  inputKey: Uint8Array,
  lengthBytes: number,
  options: { salt?: Uint8Array; info?: string | Uint8Array } = {},
): Buffer {
  return Buffer.from(
    hkdfSync('sha256', inputKey, options.salt ?? Buffer.alloc(32), options.info ?? Buffer.alloc(0), lengthBytes),
  );
}

export function hmacSha256(key: Uint8Array, ...parts: Uint8Array[]): Buffer {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

export function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const pairingCodeIterations = 131_072;

/** The 32-byte key that an 8-letter linking code stands for. Takes some 50 ms, off the event loop. */
export function pairingCodeKey(code: string, salt: Uint8Array): Promise<Buffer> {
  return pbkdf2Async(code, salt, pairingCodeIterations, 32, 'sha256');
}
