import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { AppError } from '../lib/app-error.js';
import { onDisk } from '../lib/disk-full.js';
import type { MediaEngine } from './engine/engine.js';
import { pictureOf } from './engine/probed-media.js';
import { mostPixels } from './picture-limits.js';
import { damaged } from './unreadable.js';

/** So little is lost between the decoder and what becomes of the picture. */
const between = { quality: 97, chromaSubsampling: '4:4:4' } as const;

interface Points {
  data: Buffer;
  width: number;
  height: number;
  channels: 3 | 4;
}

/** Pictures of these types are decoded by others than sharp. */
const decoders: Readonly<Record<string, (from: string, needs: Needs) => Promise<Buffer>>> = {
  'image/heic': decodeHeic,
  'image/heif': decodeHeic,
  'image/heic-sequence': decodeHeic,
  'image/heif-sequence': decodeHeic,
  'image/bmp': decodeBitmap,
};

interface Needs {
  engine: () => Promise<MediaEngine>;
  signal: AbortSignal;
}

/** A file that sharp reads: the picture itself, or what another decoder makes of it. Throws in words. */
export async function readablePicture(from: string, mimeType: string, folder: string, needs: Needs): Promise<string> {
  const decode = decoders[mimeType];
  if (!decode) return from;
  const to = path.join(folder, 'readable.jpg');
  const bytes = await decode(from, needs);
  await onDisk(writeFile(to, bytes, { flag: 'wx' }));
  return to;
}

export function isReadByOthers(mimeType: string): boolean {
  return mimeType in decoders;
}

/** By libheif in WebAssembly: it cannot reach beyond its own memory, whatever a file makes it do. */
async function decodeHeic(from: string): Promise<Buffer> {
  const { default: libheif } = await import('libheif-js/wasm-bundle.js');
  const file = await readFile(from);
  const images = new libheif.HeifDecoder().decode(file);
  const image = images.find((one) => one.is_primary()) ?? images[0];
  if (!image) throw damaged('image', 'libheif found no picture');
  const [width, height] = [image.get_width(), image.get_height()];
  if (width * height > mostPixels) throw tooLarge();
  const data = Buffer.alloc(width * height * 4);
  const shown = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  await new Promise<void>((resolve, reject) => {
    image.display({ data: shown, width, height }, (drawn) => {
      if (drawn) resolve();
      else reject(damaged('image', 'libheif could not decode it'));
    });
  });
  for (const one of images) one.free();
  return withProfile(await asJpeg({ data, width, height, channels: 4 }), colourProfile(file));
}

async function decodeBitmap(from: string, { engine: open, signal }: Needs): Promise<Buffer> {
  const engine = await open();
  const file = { path: from, demuxer: 'bmp_pipe' };
  const media = await engine.probe(file, signal);
  const picture = media && pictureOf(media);
  if (!picture) throw damaged('image', 'no bitmap could be read');
  const { width, height, index } = picture;
  if (width * height > mostPixels) throw tooLarge();
  const pieces: Buffer[] = [];
  const outputs = [{ kind: 'raw', label: 'rgb', format: 'rawvideo' }] as const;
  const recipe = { input: file, graph: `[0:${String(index)}]format=rgb24[rgb]`, outputs };
  const ran = await engine.run(recipe, { signal, onData: (piece) => pieces.push(piece) });
  const data = Buffer.concat(pieces);
  if (ran.result === 'failed' || data.length < width * height * 3) throw damaged('image', 'the bitmap is not whole');
  return asJpeg({ data: data.subarray(0, width * height * 3), width, height, channels: 3 });
}

function asJpeg({ data, width, height, channels }: Points): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels } }).flatten({ background: '#FFFFFF' }).jpeg(between).toBuffer();
}

/** The ICC profile of a HEIF file (ISO 14496-12, 12.1.5): phones take pictures in a wider gamut than sRGB. */
function colourProfile(file: Buffer): Buffer | undefined {
  const at = file.indexOf('colrprof', 0, 'latin1');
  if (at < 4) return undefined;
  const end = at - 4 + file.readUInt32BE(at - 4);
  return end > at + 8 && end <= file.length ? file.subarray(at + 8, end) : undefined;
}

/** Puts a profile into a JPEG (ICC.1:2022, B.4); one that does not fit into a segment is left out. */
function withProfile(jpeg: Buffer, profile: Buffer | undefined): Buffer {
  const name = Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1');
  if (!profile || profile.length + name.length + 2 > 0xffff) return jpeg;
  const head = Buffer.from([0xff, 0xe2, 0, 0]);
  head.writeUInt16BE(profile.length + name.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, name, profile, jpeg.subarray(2)]);
}

function tooLarge(): AppError {
  const millions = String(mostPixels / 1_000_000);
  return new AppError('payload_too_large', `The picture has more than ${millions} million points. Make it smaller.`);
}
