import sharp from 'sharp';

/** As wide as the previews that Baileys makes: it travels inside the message, to every recipient. */
const widthPx = 192;
const maxBytes = 20_000;
const maxPixels = 40_000_000;
/** What may be opened. Vector and document formats are programs; they stay closed. */
const formats = new Set(['jpeg', 'png', 'webp', 'gif']);

/** A small JPEG of a picture, or undefined when it is none that can be shown. */
export async function thumbnailOf(picture: Buffer): Promise<Buffer | undefined> {
  try {
    const { format } = await sharp(picture, { limitInputPixels: maxPixels }).metadata();
    if (!formats.has(format)) return undefined;
    for (const quality of [70, 45, 20]) {
      const jpeg = await sharp(picture, { limitInputPixels: maxPixels })
        .rotate()
        .flatten({ background: '#FFFFFF' })
        .resize({ width: widthPx, height: widthPx, fit: 'inside', withoutEnlargement: true })
        .jpeg({ quality })
        .toBuffer();
      if (jpeg.length <= maxBytes) return jpeg;
    }
    return undefined;
  } catch {
    // Whatever the other side served as a picture is not one.
    return undefined;
  }
}
