import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import type { ImageLayout } from '../contract/media.js';
import { AppError, validationError } from '../lib/app-error.js';
import { onDisk } from '../lib/disk-full.js';
import { mostJpegPixels, mostPixels, mostPixelsOf } from './picture-limits.js';

/** The screen of a phone, which statuses fill. */
const box = { width: 1080, height: 1920 };
const thumbnailWidth = 320;
/** Of the preview that travels in the message: a few kB. */
const previewSize = 160;
const darkBackground = '#1B1B1B';
const lightBackground = '#FFFFFF';

const expectedFormats: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/apng': 'png',
  'image/avif': 'heif',
  'image/tiff': 'tiff',
};

export interface PictureFacts {
  width: number;
  height: number;
  /** More than one means that it moves. */
  frames: number;
}

/** What a status shows of a picture. */
export interface PreparedImage {
  width: number;
  height: number;
  bytes: number;
  preview: Buffer;
}

// Every picture is read once: a cache would only hold memory.
sharp.cache(false);

/** Looks at a picture's own words about itself, before anything is unpacked. Throws what is wrong with it, in words. */
export async function readPicture(file: string, mimeType: string): Promise<PictureFacts> {
  try {
    // What it says of its size is judged here.
    const header = await sharp(file, { limitInputPixels: false }).metadata();
    const { format, width, height, pages = 1, pageHeight } = header;
    if (format !== expectedFormats[mimeType]) throw damaged();
    const limit = mostPixelsOf(header);
    if (width * (pageHeight ?? height) > limit) throw tooLarge(limit);
    return { width, height: pageHeight ?? height, frames: pages };
  } catch (error) {
    throw inWords(error);
  }
}

/**
 * Makes the JPEG of a status: upright, in sRGB, without its metadata, at most 1080×1920 (or filling that on a blurred copy of
 * itself), and its thumbnail. Of moving pictures it takes the first. Throws what is wrong with it, in words.
 */
export async function prepareImage(
  from: string,
  to: { image: string; thumbnail: string },
  layout: ImageLayout,
): Promise<PreparedImage> {
  let image: Buffer;
  let facts: { width: number; height: number };
  try {
    const upright = open(from)
      .autoOrient()
      .flatten({ background: await backgroundOf(from) });
    const laidOut = layout === 'letterbox' ? await letterboxed(upright) : fitted(upright);
    const made = await laidOut.toColourspace('srgb').jpeg({ quality: 85 }).toBuffer({ resolveWithObject: true });
    image = made.data;
    facts = made.info;
  } catch (error) {
    throw inWords(error);
  }
  const small = await prepareThumbnail(image, to.thumbnail);
  await onDisk(writeFile(to.image, image, { flag: 'wx' }));
  return { width: facts.width, height: facts.height, bytes: image.length, preview: small };
}

/** The points of a picture: red, green and blue of each, row by row. */
export interface RawPicture {
  data: Buffer;
  width: number;
  height: number;
}

/** Writes the thumbnail of a prepared picture or a frame, and answers the preview for the message. */
export async function prepareThumbnail(image: Buffer | RawPicture, to: string): Promise<Buffer> {
  const opened = Buffer.isBuffer(image)
    ? sharp(image)
    : sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } });
  const thumbnail = await opened
    .resize(thumbnailWidth, null, { withoutEnlargement: true })
    .jpeg({ quality: 75 })
    .toBuffer();
  await onDisk(writeFile(to, thumbnail, { flag: 'wx' }));
  return sharp(thumbnail).resize(previewSize, previewSize, { fit: 'inside' }).jpeg({ quality: 50 }).toBuffer();
}

/** Moving pictures in the one form that ffmpeg reads in every version. Throws what is wrong with them, in words. */
export async function asGif(from: string, mimeType: string, folder: string): Promise<string> {
  if (mimeType === 'image/gif') return from;
  const to = path.join(folder, 'animation.gif');
  try {
    const { height, pageHeight = height } = await sharp(from, {
      animated: true,
      limitInputPixels: mostPixels,
    }).metadata();
    const scale = Math.min(1, 720 / pageHeight);
    const moving = sharp(from, { animated: true, limitInputPixels: mostPixels, failOn: 'error' });
    const gif = await (scale < 1 ? moving.resize({ height: 720 }) : moving).gif().toBuffer();
    await onDisk(writeFile(to, gif, { flag: 'wx' }));
    return to;
  } catch (error) {
    throw inWords(error);
  }
}

function open(file: string): Sharp {
  return sharp(file, { limitInputPixels: mostJpegPixels, failOn: 'error', sequentialRead: true });
}

function fitted(image: Sharp): Sharp {
  return image.resize(box.width, box.height, { fit: 'inside', withoutEnlargement: true });
}

async function letterboxed(image: Sharp): Promise<Sharp> {
  const front = await image
    .clone()
    .resize(box.width, box.height, { fit: 'inside' })
    .png({ compressionLevel: 1 })
    .toBuffer();
  // Blurring a small copy looks the same and costs a hundredth.
  const back = await sharp(front)
    .resize(108, 192, { fit: 'cover' })
    .blur(6)
    .modulate({ brightness: 0.75 })
    .png()
    .toBuffer();
  return sharp(back)
    .resize(box.width, box.height, { kernel: 'cubic' })
    .composite([{ input: front, gravity: 'centre' }]);
}

/** Dark behind what is bright: a white logo without a background would vanish on white. */
async function backgroundOf(file: string): Promise<string> {
  const { hasAlpha } = await open(file).metadata();
  if (!hasAlpha) return lightBackground;
  const { data } = await open(file)
    .resize(64, 64, { fit: 'inside' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  let light = 0;
  let weight = 0;
  for (let at = 0; at + 3 < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(at, at + 4);
    light += (0.2126 * red + 0.7152 * green + 0.0722 * blue) * alpha;
    weight += alpha;
  }
  return weight > 0 && light / weight > 200 ? darkBackground : lightBackground;
}

function damaged(cause?: unknown): AppError {
  const sentence = 'The picture is damaged or incomplete and cannot be read. Save it anew and upload that.';
  return cause === undefined ? validationError('image', sentence) : wrap(sentence, cause);
}

function wrap(sentence: string, cause: unknown): AppError {
  return new AppError('validation_error', sentence, { details: { fields: { image: sentence } }, cause });
}

function inWords(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AppError) return error;
  return /pixel limit/i.test(error.message) ? tooLarge(mostJpegPixels) : damaged(error);
}

function tooLarge(limit: number): AppError {
  const millions = String(limit / 1_000_000);
  return new AppError('payload_too_large', `The picture has more than ${millions} million points. Make it smaller.`);
}
