import { randomInt } from 'node:crypto';

const maxPadding = 16;

/** WhatsApp hides lengths with 1 to 16 bytes, each of which holds their number. */
export function pad(message: Uint8Array): Buffer {
  const count = randomInt(1, maxPadding + 1);
  return Buffer.concat([message, Buffer.alloc(count, count)]);
}

/** The message without its padding, or what is wrong with the padding in words. */
export function unpad(padded: Buffer): { ok: true; message: Buffer } | { ok: false; reason: string } {
  const count = padded.at(-1) ?? 0;
  if (count < 1 || count > maxPadding || count > padded.length) {
    return { ok: false, reason: `the padding says ${count} bytes; 1 to ${maxPadding} are allowed` };
  }
  const padding = padded.subarray(padded.length - count);
  if (padding.some((byte) => byte !== count)) return { ok: false, reason: 'the padding bytes are not all the same' };
  return { ok: true, message: padded.subarray(0, padded.length - count) };
}
