import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto';

const gcmTagLength = 16;

/** AES-256-GCM; the 16-byte tag is appended. `iv` has 12 bytes. */
export function encryptGcm(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array, aad?: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  if (aad) cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The plaintext, or undefined when the tag does not fit (wrong key, changed bytes, wrong counter). */
export function decryptGcm(
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
  aad?: Uint8Array,
): Buffer | undefined {
  if (ciphertext.length < gcmTagLength) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, iv);
  if (aad) decipher.setAAD(aad);
  decipher.setAuthTag(ciphertext.subarray(ciphertext.length - gcmTagLength));
  try {
    return Buffer.concat([decipher.update(ciphertext.subarray(0, ciphertext.length - gcmTagLength)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** AES-256-CTR with a 16-byte counter block; the same call encrypts and decrypts. */
export function applyCtr(key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-ctr', key, iv);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

/** AES-256-CBC with PKCS7 padding. `iv` has 16 bytes. */
export function encryptCbc(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

/** The plaintext, or undefined when length or padding are wrong. */
export function decryptCbc(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-cbc', key, iv);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Equality in constant time; false for different lengths. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
