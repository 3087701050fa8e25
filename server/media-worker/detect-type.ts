import { open } from 'node:fs/promises';
import { fileTypeFromFile } from 'file-type';
import type { UploadKind } from '../contract/media.js';
import { formatsInWords } from '../contract/upload-limits.js';
import { AppError, validationError } from '../lib/app-error.js';
import { nameOfRefused } from './refused-types.js';

/** What a file is, by its first bytes, and the demuxer that reads it; a decoder never guesses. */
export interface FoundType {
  mimeType: string;
  /** Of ffmpeg. Null for pictures. */
  demuxer: string | null;
}

const pictures = [
  ...['image/jpeg', 'image/png', 'image/apng', 'image/webp', 'image/gif', 'image/avif', 'image/tiff', 'image/bmp'],
  ...['image/heic', 'image/heif', 'image/heic-sequence', 'image/heif-sequence'],
];
const demuxers: Readonly<Record<string, string>> = {
  'video/mp4': 'mov',
  'video/x-m4v': 'mov',
  'video/quicktime': 'mov',
  'video/3gpp': 'mov',
  'video/3gpp2': 'mov',
  'video/webm': 'matroska',
  'video/matroska': 'matroska',
  'video/x-matroska': 'matroska',
  'video/vnd.avi': 'avi',
  'video/mp2t': 'mpegts',
  'video/mpeg': 'mpeg',
  'video/mp1s': 'mpeg',
  'video/mp2p': 'mpeg',
  'video/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/ogg; codecs=opus': 'ogg',
  'audio/opus': 'ogg',
  'application/ogg': 'ogg',
  'audio/mp4': 'mov',
  'audio/x-m4a': 'mov',
  'audio/wav': 'wav',
  'audio/vnd.wave': 'wav',
  'audio/x-wav': 'wav',
  'audio/aac': 'aac',
  'audio/flac': 'flac',
  'audio/x-flac': 'flac',
  'audio/amr': 'amr',
  'audio/aiff': 'aiff',
  'audio/x-caf': 'caf',
};

/**
 * Says what a file is, by its bytes; its name and what the caller called it count for nothing. Throws `validation_error` for
 * an empty one, and `unsupported_media_type` for anything that cannot become `kind`, or that is an archive besides.
 */
export async function detectType(path: string, kind: UploadKind, sizeBytes: number): Promise<FoundType> {
  if (sizeBytes === 0) throw validationError(kind, 'The file is empty.');
  const beginning = await readPart(path, 0, 4_096);
  const found = (await fileTypeFromFile(path).catch(() => undefined))?.mime ?? typeByBeginning(beginning);
  const wanted = `Upload ${article(kind)} ${formatsInWords(kind)} ${nouns[kind]}.`;
  const refused = nameOfRefused(found, beginning);
  if (refused) throw refuse(`This is ${refused.name}, which cannot be read here. ${refused.advice} ${wanted}`);
  if (found === undefined) throw refuse(`This is no file of a kind that is known here. ${wanted}`);
  const type = foundType(found, kind);
  if (!type) throw refuse(`${otherKind(found) ?? `This is a file of type ${found}.`} ${wanted}`);
  if (await endsAsArchive(path, sizeBytes)) {
    throw refuse('This file is an archive at the same time. Upload the picture or recording itself.');
  }
  return type;
}

const nouns: Readonly<Record<UploadKind, string>> = { image: 'picture', video: 'video', audio: 'recording' };

function article(kind: UploadKind): string {
  return kind === 'image' ? 'a' : 'an';
}

/** The GUID that Windows Media files begin with, also where what follows is damaged. */
const windowsMedia = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');

/** What the library for types does not know, or not where what follows is missing. */
const typesByMark: Readonly<Record<string, string>> = {
  caff: 'audio/x-caf',
  // A WAV of more than 4 GB, as recorders write it from the start (EBU Tech 3306).
  RF64: 'audio/wav',
  'II*\0': 'image/tiff',
  'MM\0*': 'image/tiff',
  '\x1aE\xdf\xa3': 'video/matroska',
};

function typeByBeginning(beginning: Buffer): string | undefined {
  const byMark = typesByMark[beginning.subarray(0, 4).toString('latin1')];
  if (byMark !== undefined) return byMark;
  return beginning.subarray(0, windowsMedia.length).equals(windowsMedia) ? 'application/vnd.ms-asf' : undefined;
}

function foundType(mimeType: string, kind: UploadKind): FoundType | undefined {
  if (kind === 'image') return pictures.includes(mimeType) ? { mimeType, demuxer: null } : undefined;
  // Recordings of browsers are WebM or MP4 files without a picture, so sound may come in a film's clothes.
  const fits = kind === 'video' ? /^video\/|^application\/ogg/.test(mimeType) : !mimeType.startsWith('image/');
  const demuxer = demuxers[mimeType.toLowerCase()];
  return fits && demuxer !== undefined ? { mimeType, demuxer } : undefined;
}

/** What is taken, but elsewhere. */
function otherKind(mimeType: string): string | undefined {
  if (pictures.includes(mimeType)) return 'This is a picture, which /api/upload-image takes.';
  if (demuxers[mimeType.toLowerCase()] === undefined) return undefined;
  return mimeType.startsWith('video/')
    ? 'This is a video, which /api/upload-video takes.'
    : 'This is a recording, which /api/upload-audio takes.';
}

async function readPart(path: string, from: number, length: number): Promise<Buffer> {
  const part = Buffer.alloc(length);
  const file = await open(path);
  try {
    const { bytesRead } = await file.read(part, 0, length, from);
    return part.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The directory of a ZIP archive stands at its end, so that one can be hidden behind a picture. */
async function endsAsArchive(path: string, sizeBytes: number): Promise<boolean> {
  const lookAt = Math.min(sizeBytes, 22 + 65_535);
  const tail = await readPart(path, sizeBytes - lookAt, lookAt);
  for (let at = tail.lastIndexOf('PK\u0005\u0006', undefined, 'latin1'); at >= 0;) {
    const isWhole = at + 22 <= tail.length && at + 22 + tail.readUInt16LE(at + 20) === tail.length;
    if (isWhole) return true;
    at = at === 0 ? -1 : tail.lastIndexOf('PK\u0005\u0006', at - 1, 'latin1');
  }
  return false;
}

function refuse(sentence: string): AppError {
  return new AppError('unsupported_media_type', sentence);
}
