import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, type Hash } from 'node:crypto';
import { equalBytes } from '../crypto/aead.js';
import { hkdf } from '../crypto/hkdf.js';

export type MediaType = 'image' | 'video' | 'audio' | 'document' | 'app-state';

const info: Record<MediaType, string> = {
  image: 'WhatsApp Image Keys',
  video: 'WhatsApp Video Keys',
  audio: 'WhatsApp Audio Keys',
  document: 'WhatsApp Document Keys',
  'app-state': 'WhatsApp App State Keys',
};
const macLength = 10;
/** Small enough to leave the event loop free between two pieces. */
const stepBytes = 1024 * 1024;

interface MediaKeys {
  iv: Buffer;
  cipherKey: Buffer;
  macKey: Buffer;
}

function mediaKeys(type: MediaType, mediaKey: Uint8Array): MediaKeys {
  const derived = hkdf(mediaKey, 112, { info: info[type] });
  return { iv: derived.subarray(0, 16), cipherKey: derived.subarray(16, 48), macKey: derived.subarray(48, 80) };
}

/** What a message says about its encrypted file. */
export interface EncryptedFileClaim {
  type: MediaType;
  mediaKey: Uint8Array;
  fileSha256: Uint8Array;
  fileEncSha256: Uint8Array;
  sizeBytes: number;
}

export type DecryptedFile = { ok: true; plain: Buffer } | { ok: false; reason: string };

/** Decrypts a downloaded file. Checks the MAC, both hashes and the length, as the apps do; words when one is wrong. */
export async function decryptMedia(file: Buffer, claim: EncryptedFileClaim): Promise<DecryptedFile> {
  if (file.length < macLength + 16) return { ok: false, reason: 'the file is too short for an encrypted one' };
  if (!equalBytes(await digest(createHash('sha256'), file), claim.fileEncSha256)) {
    return { ok: false, reason: 'the file is not the one that the message names: fileEncSha256 differs' };
  }
  const { iv, cipherKey, macKey } = mediaKeys(claim.type, claim.mediaKey);
  const ciphertext = file.subarray(0, file.length - macLength);
  const mac = await digest(createHmac('sha256', macKey).update(iv), ciphertext);
  if (!equalBytes(mac.subarray(0, macLength), file.subarray(ciphertext.length))) {
    return { ok: false, reason: 'the MAC of the file does not fit: another key, or another kind of media' };
  }
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
  const parts: Buffer[] = [];
  try {
    for await (const piece of pieces(ciphertext)) parts.push(decipher.update(piece));
    parts.push(decipher.final());
  } catch {
    return { ok: false, reason: 'the file has a wrong padding' };
  }
  const plain = Buffer.concat(parts);
  if (!equalBytes(await digest(createHash('sha256'), plain), claim.fileSha256)) {
    return { ok: false, reason: 'the decrypted file is another one: fileSha256 differs' };
  }
  if (plain.length !== claim.sizeBytes) {
    return { ok: false, reason: `the file has ${plain.length} bytes, the message says ${claim.sizeBytes}` };
  }
  return { ok: true, plain };
}

/** Encrypts a file for an upload, with a fresh key. */
export async function encryptMedia(
  plain: Buffer,
  type: MediaType,
): Promise<{ file: Buffer; claim: EncryptedFileClaim }> {
  const mediaKey = randomBytes(32);
  const { iv, cipherKey, macKey } = mediaKeys(type, mediaKey);
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv);
  const parts: Buffer[] = [];
  for await (const piece of pieces(plain)) parts.push(cipher.update(piece));
  const ciphertext = Buffer.concat([...parts, cipher.final()]);
  const mac = await digest(createHmac('sha256', macKey).update(iv), ciphertext);
  const file = Buffer.concat([ciphertext, mac.subarray(0, macLength)]);
  const fileSha256 = await digest(createHash('sha256'), plain);
  const fileEncSha256 = await digest(createHash('sha256'), file);
  return { file, claim: { type, mediaKey, fileSha256, fileEncSha256, sizeBytes: plain.length } };
}

async function digest(hash: Hash | ReturnType<typeof createHmac>, bytes: Buffer): Promise<Buffer> {
  for await (const piece of pieces(bytes)) hash.update(piece);
  return hash.digest();
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += stepBytes) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    yield bytes.subarray(at, at + stepBytes);
  }
}
