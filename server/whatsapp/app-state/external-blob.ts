import { createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { type Agent, get } from 'node:https';
import type { proto } from '@whiskeysockets/baileys';
import { nextLoopTurn } from '../../lib/running/loop-turns.js';
import { mediaAddress } from '../wire/media-address.js';

/** Several times the largest address book. */
const maxBytes = 64 * 1024 * 1024;
const macBytes = 10;
const stepBytes = 256 * 1024;
const timeoutMs = 60_000;

/**
 * Downloads and opens a part of the synchronised state that WhatsApp keeps beside it. Rejects when it is not there, too
 * large or not what the phone put there. `host` is one of the hosts that WhatsApp names for media.
 */
export async function downloadBlob(
  blob: proto.IExternalBlobReference,
  host: string,
  options: { agent: Agent; signal: AbortSignal },
): Promise<Buffer> {
  if (!blob.mediaKey || !blob.directPath) throw new Error('A part of the synchronised state names no file.');
  const address = mediaAddress(host, blob.directPath);
  if (!address) throw new Error('A part of the synchronised state names no path.');
  const file = await download(address, options);
  const keys = Buffer.from(hkdfSync('sha256', blob.mediaKey, Buffer.alloc(0), 'WhatsApp App State Keys', 112));
  const iv = keys.subarray(0, 16);
  const sealed = file.subarray(0, -macBytes);
  const hmac = createHmac('sha256', keys.subarray(48, 80)).update(iv);
  const decipher = createDecipheriv('aes-256-cbc', keys.subarray(16, 48), iv);
  const parts: Buffer[] = [];
  for (let at = 0; at < sealed.length; at += stepBytes) {
    const step = sealed.subarray(at, at + stepBytes);
    hmac.update(step);
    parts.push(decipher.update(step));
    await nextLoopTurn();
  }
  const mac = hmac.digest().subarray(0, macBytes);
  if (file.length <= macBytes || !timingSafeEqual(mac, file.subarray(-macBytes))) {
    throw new Error('A part of the synchronised state is not what the phone put there.');
  }
  parts.push(decipher.final());
  return Buffer.concat(parts);
}

function download(url: URL, { agent, signal }: { agent: Agent; signal: AbortSignal }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const ends = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const headers = { origin: 'https://web.whatsapp.com' };
    const request = get(url, { agent, headers, signal: ends }, (response) => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes > maxBytes) request.destroy(new Error('A part of the synchronised state is too large.'));
        else chunks.push(chunk);
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new Error(`The media host answered ${String(response.statusCode)}.`));
      });
    });
    request.on('error', reject);
  });
}
