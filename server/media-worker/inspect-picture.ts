import { open } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Metadata } from 'sharp';
import { AppError } from '../lib/app-error.js';
import { cleanPng } from './clean-png.js';
import { mostPixels, mostPixelsOf } from './picture-limits.js';
import type { Inspected, InspectJob } from './protocol.js';

const million = 1_000_000;
/** Of all pictures of a moving one: half an hour of what a small machine unpacks would be many times as much. */
const mostMovingPixels = 2_000 * million;
/** Every one costs time, however small it is; a status of a minute shows no more. */
const mostFrames = 6_000;
/** The pages of a TIFF, and the pictures beside the first of a HEIC or AVIF, are not looked at. */
const movingTypes = ['image/gif', 'image/webp', 'image/apng'];
const timeMs = 30_000;
/** So many points of a moving picture become a video in a second on a small machine. */
const movingPixelsPerMs = 10_000;
const restBytes = 32 * million;
/** What a moving picture needs beside its own: the encoder of the video that it becomes. */
const encoderBytes = 160 * million;

/**
 * What a picture will need, by its header. Throws `payload_too_large` in words for one that unpacks to more than may be. What a
 * PNG carries besides its picture, and would be unpacked with it, does not come along.
 */
export async function inspectPicture(
  { from, folder }: Pick<InspectJob, 'from' | 'folder'>,
  mimeType: string,
): Promise<Omit<Inspected, 'type'>> {
  const isPng = mimeType === 'image/png' || mimeType === 'image/apng';
  const png = isPng ? await cleanPng(from, path.join(folder, 'clean.png')) : undefined;
  const file = png?.file ?? from;
  const header = await readHeader(file);
  // Who prepares it says in words what is wrong with it.
  if (!header) return { from: file, memoryBytes: mostPixels * 8, timeMs };
  const frames = movingTypes.includes(mimeType) ? Math.max(header.pages ?? 1, png?.frames ?? 1) : 1;
  const screen = mimeType === 'image/gif' ? await gifScreen(file) : undefined;
  const width = Math.max(header.width, screen?.width ?? 0);
  const height = Math.max(header.pageHeight ?? header.height, screen?.height ?? 0);
  const pixels = width * height;
  const most = mostPixelsOf(header);
  if (pixels > most) throw tooManyPoints(width, height, most);
  if (frames === 1) return { from: file, memoryBytes: restBytes + bytesToUnpack(header, pixels), timeMs };
  const allPixels = pixels * frames;
  if (allPixels > mostMovingPixels) throw tooMuchMovement(width, height, frames);
  if (frames > mostFrames) throw tooManyFrames(frames);
  const memoryBytes = restBytes + encoderBytes + pixels * 16;
  return { from: file, memoryBytes, timeMs: timeMs + allPixels / movingPixelsPerMs };
}

/** As measured with libvips 8.18: what cannot be read line by line, or shrunk while it is read, lies in memory as a whole. */
function bytesToUnpack(header: Metadata, pixels: number): number {
  const isTurned = (header.orientation ?? 1) > 1;
  const perPixel = header.channels * (header.depth === 'uchar' ? 1 : header.depth === 'ushort' ? 2 : 4);
  switch (header.format) {
    case 'jpeg':
      if (!header.isProgressive) return pixels / 4;
      return pixels * (header.chromaSubsampling === '4:2:0' ? 3 : 6);
    case 'png':
      return header.isProgressive || isTurned ? pixels * perPixel * (isTurned ? 2 : 1) : pixels;
    default:
      return pixels * Math.max(5, perPixel * 2);
  }
}

/** What every picture of a GIF is drawn on (GIF89a, 18). libvips leaves out what none of them covers; other decoders do not. */
async function gifScreen(file: string): Promise<{ width: number; height: number }> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 6);
    return { width: buffer.readUInt16LE(0), height: buffer.readUInt16LE(2) };
  } finally {
    await handle.close();
  }
}

async function readHeader(file: string): Promise<Metadata | undefined> {
  return sharp(file, { limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
}

function tooManyPoints(width: number, height: number, most: number): AppError {
  const size = `${String(width)}×${String(height)} points`;
  return new AppError(
    'payload_too_large',
    `The picture has ${size}: more than ${String(most / million)} million points. Make it smaller.`,
  );
}

function tooManyFrames(frames: number): AppError {
  const most = `a moving picture may have ${String(mostFrames)}`;
  return new AppError(
    'payload_too_large',
    `The moving picture has ${String(frames)} pictures; ${most}. Make it shorter, or upload it as a video.`,
  );
}

function tooMuchMovement(width: number, height: number, frames: number): AppError {
  const size = `${String(frames)} pictures of ${String(width)}×${String(height)} points`;
  const most = `${String(mostMovingPixels / million)} million points`;
  return new AppError(
    'payload_too_large',
    `The moving picture has ${size}; all of them together may have ${most}. Make it smaller or shorter, or upload it as a video.`,
  );
}
