import sharp from 'sharp';

/** As wide as the previews that Baileys makes: it travels inside the message, to every recipient. */
const widthPx = 192;
const maxBytes = 20_000;

/** A small JPEG of a picture that was inspected, or null when it is damaged or does not get small enough. */
export async function linkThumbnail(from: string): Promise<Buffer | null> {
  try {
    for (const quality of [70, 45, 20]) {
      const jpeg = await sharp(from)
        .autoOrient()
        .flatten({ background: '#FFFFFF' })
        .resize({ width: widthPx, height: widthPx, fit: 'inside', withoutEnlargement: true })
        .jpeg({ quality })
        .toBuffer();
      if (jpeg.length <= maxBytes) return jpeg;
    }
    return null;
  } catch {
    // Whatever the other side served as a picture is not one.
    return null;
  }
}
