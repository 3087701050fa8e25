import sharp from 'sharp';
import { boastfulGif, withChunks, zippedText } from './picture-bombs.js';

/** A picture that takes much to open. */
export interface HeavyPicture {
  title: string;
  bytes: Buffer;
  /** How the upload is answered. */
  status: 201 | 413;
}

/** Four PNGs of 1 MB that unpack to 1 GB each, a GIF that says to be huge, four JPEGs of 98 megapixels. */
export async function makeHeavyPictures(): Promise<HeavyPicture[]> {
  const small = await sharp({ create: { width: 400, height: 300, channels: 3, background: '#1F6F5C' } })
    .png()
    .toBuffer();
  const text = zippedText(50);
  const bomb = withChunks(
    small,
    Array.from({ length: 20 }, () => text),
  );
  const photo = await sharp({ create: { width: 14_000, height: 7_000, channels: 3, background: '#1F6F5C' } })
    .jpeg()
    .toBuffer();
  const four = (picture: HeavyPicture): HeavyPicture[] => Array.from({ length: 4 }, () => picture);
  return [
    ...four({ title: 'PNG with long texts', bytes: bomb, status: 201 }),
    { title: 'GIF with very many large pictures', bytes: boastfulGif(9_000, 9_000, 2_000), status: 413 },
    ...four({ title: 'JPEG of 98 megapixels', bytes: photo, status: 201 }),
  ];
}
