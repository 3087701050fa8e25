import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

/* Pictures that unpack to more than they look like, for benchmarks and tests. */

export interface PngChunk {
  type: string;
  content: Buffer;
}

/** The chunks of a PNG, in their order. */
export function chunksOfPng(png: Buffer): PngChunk[] {
  const chunks: PngChunk[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), content: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

export function pngOf(chunks: readonly PngChunk[]): Buffer {
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    ...chunks.map(({ type, content }) => {
      const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(content.length);
      const checksum = Buffer.alloc(4);
      checksum.writeUInt32BE(crc32(named));
      return Buffer.concat([length, named, checksum]);
    }),
  ]);
}

/** The same picture with these chunks before its points. */
export function withChunks(png: Buffer, added: readonly PngChunk[]): Buffer {
  const [header, ...rest] = chunksOfPng(png);
  return header ? pngOf([header, ...added, ...rest]) : png;
}

const zeros = (megabytes: number): Buffer => deflateSync(Buffer.alloc(megabytes * 1024 * 1024), { level: 9 });

/** A text of so many MB of zeros, in a thousandth of that. */
export function zippedText(megabytes: number): PngChunk {
  return { type: 'zTXt', content: Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), zeros(megabytes)]) };
}

export function internationalText(megabytes: number): PngChunk {
  return { type: 'iTXt', content: Buffer.concat([Buffer.from('XML:com\0\x01\0\0\0', 'latin1'), zeros(megabytes)]) };
}

export function zippedProfile(megabytes: number): PngChunk {
  return { type: 'iCCP', content: Buffer.concat([Buffer.from('profile\0\0', 'latin1'), zeros(megabytes)]) };
}

/** A GIF whose header says so many points and which has so many pictures of one point each. */
export function boastfulGif(width: number, height: number, frames: number): Buffer {
  const screen = Buffer.alloc(7);
  screen.writeUInt16LE(width, 0);
  screen.writeUInt16LE(height, 2);
  // A table of two colours.
  screen[4] = 0x80;
  const frame = Buffer.from([
    ...[0x21, 0xf9, 4, 0, 2, 0, 0, 0],
    ...[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0],
    ...[2, 2, 0x44, 1, 0],
  ]);
  const repeat = Buffer.concat([
    Buffer.from([0x21, 0xff, 11]),
    Buffer.from('NETSCAPE2.0'),
    Buffer.from([3, 1, 0, 0, 0]),
  ]);
  const pictures = Array.from({ length: frames }, () => frame);
  return Buffer.concat([Buffer.from('GIF89a'), screen, Buffer.alloc(6), repeat, ...pictures, Buffer.from([0x3b])]);
}

/** A WebP that says to have so many points and has so many pictures of few. */
export async function boastfulWebp(width: number, height: number, frames: number): Promise<Buffer> {
  const small = (background: string): Promise<Buffer> =>
    sharp({ create: { width: 8, height: 8, channels: 3, background } })
      .png()
      .toBuffer();
  const two = await sharp([await small('#123'), await small('#fed')], { join: { animated: true } })
    .webp({ loop: 0 })
    .toBuffer();
  const canvasAt = two.indexOf('VP8X') + 12;
  two.writeUIntLE(width - 1, canvasAt, 3);
  two.writeUIntLE(height - 1, canvasAt + 3, 3);
  const frameAt = two.indexOf('ANMF');
  const frame = two.subarray(frameAt, frameAt + 8 + two.readUInt32LE(frameAt + 4));
  const webp = Buffer.concat([two.subarray(0, frameAt), ...Array.from({ length: frames }, () => frame)]);
  webp.writeUInt32LE(webp.length - 8, 4);
  return webp;
}

/** The head of a TIFF that says to have so many pages of so many grey points each; there are none. */
export function boastfulTiff(width: number, height: number, pages: number): Buffer {
  const [short, long] = [3, 4];
  const fields = [
    [256, long, width],
    [257, long, height],
    [258, short, 8],
    [259, short, 1],
    [262, short, 1],
    [273, long, 8],
    [277, short, 1],
    [278, long, height],
    [279, long, width * height],
  ] as const;
  const pageBytes = 2 + fields.length * 12 + 4;
  const file = Buffer.alloc(8 + pages * pageBytes);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(8, 4);
  for (let page = 0; page < pages; page += 1) {
    const at = 8 + page * pageBytes;
    file.writeUInt16LE(fields.length, at);
    for (const [index, [tag, type, value]] of fields.entries()) {
      const field = at + 2 + index * 12;
      file.writeUInt16LE(tag, field);
      file.writeUInt16LE(type, field + 2);
      file.writeUInt32LE(1, field + 4);
      file.writeUInt32LE(value, field + 8);
    }
    file.writeUInt32LE(page + 1 < pages ? at + pageBytes : 0, at + pageBytes - 4);
  }
  return file;
}
