import { randomBytes } from 'node:crypto';
import sharp from 'sharp';

export const door = '/api/uploads/resumable';
export const protocol = { 'tus-resumable': '1.0.0' };
export const bytesType = 'application/offset+octet-stream';

/** A picture of this many bytes. */
export async function pictureOf(bytes: number): Promise<Buffer> {
  const noise = sharp(randomBytes(300 * 300), { raw: { width: 300, height: 300, channels: 1 } });
  const picture = await noise.jpeg().toBuffer();
  return Buffer.concat([picture, Buffer.alloc(bytes - picture.length)]);
}

/** `Upload-Metadata`. */
export function said(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}
