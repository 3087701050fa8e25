import jsQr from 'jsqr';
import sharp from 'sharp';

const maxEdgePx = 1600;

/** The text of the QR in a picture, for example a screenshot of a page that shows one; undefined when there is none. */
export async function readQrImage(picture: Buffer): Promise<string | undefined> {
  try {
    const { data, info } = await sharp(picture)
      .rotate()
      .resize({ width: maxEdgePx, height: maxEdgePx, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength);
    return jsQr.default(pixels, info.width, info.height)?.data;
  } catch {
    return undefined;
  }
}
