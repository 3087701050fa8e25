import { createCipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ReplyFile } from '../gateway.js';

export type MediaKind = 'image' | 'video' | 'voice';

/** What keys are derived for, by kind (`MEDIA_HKDF_KEY_MAPPING` in Baileys): voice notes are audio there. */
const keyPurposes: Readonly<Record<MediaKind | ReplyFile['keysOf'], string>> = {
  image: 'WhatsApp Image Keys',
  video: 'WhatsApp Video Keys',
  voice: 'WhatsApp Audio Keys',
  audio: 'WhatsApp Audio Keys',
  document: 'WhatsApp Document Keys',
};
/** Of the HMAC, at the end of an encrypted file. */
export const macLength = 10;

/** What a message says about its file, so that whoever has the message can open and prove it. */
export interface MediaSeal {
  mediaKey: Buffer;
  fileSha256: Buffer;
  fileEncSha256: Buffer;
  /** Of the plain file. */
  sizeBytes: number;
  encryptedBytes: number;
}

/**
 * Encrypts a file without keeping it: once to learn its hashes, and again for every upload. The same key gives the same
 * bytes, so that a file uploaded anew fits the message that is out already. Rejects when the file cannot be read.
 */
export async function sealMedia(path: string, kind: MediaKind, mediaKey: Buffer = randomBytes(32)): Promise<MediaSeal> {
  const plainHash = createHash('sha256');
  const encryptedHash = createHash('sha256');
  let sizeBytes = 0;
  let encryptedBytes = 0;
  const plain = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      plainHash.update(chunk);
      sizeBytes += chunk.length;
      yield chunk;
    }
  };
  for await (const chunk of encrypt(plain(), kind, mediaKey)) {
    encryptedHash.update(chunk);
    encryptedBytes += chunk.length;
  }
  return { mediaKey, fileSha256: plainHash.digest(), fileEncSha256: encryptedHash.digest(), sizeBytes, encryptedBytes };
}

/** The encrypted file: AES-256-CBC and ten bytes of its HMAC. */
export function encryptedMedia(path: string, kind: MediaKind, mediaKey: Buffer): Readable {
  return Readable.from(encrypt(createReadStream(path), kind, mediaKey), { objectMode: false });
}

export function mediaKeys(
  mediaKey: Uint8Array,
  kind: MediaKind | ReplyFile['keysOf'],
): { iv: Buffer; cipherKey: Buffer; macKey: Buffer } {
  const expanded = Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(0), keyPurposes[kind], 112));
  return { iv: expanded.subarray(0, 16), cipherKey: expanded.subarray(16, 48), macKey: expanded.subarray(48, 80) };
}

async function* encrypt(plain: AsyncIterable<Buffer>, kind: MediaKind, mediaKey: Buffer): AsyncGenerator<Buffer> {
  const { iv, cipherKey, macKey } = mediaKeys(mediaKey, kind);
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv);
  const mac = createHmac('sha256', macKey).update(iv);
  for await (const chunk of plain) {
    const part = cipher.update(chunk);
    mac.update(part);
    yield part;
  }
  const last = cipher.final();
  mac.update(last);
  yield Buffer.concat([last, mac.digest().subarray(0, macLength)]);
}
