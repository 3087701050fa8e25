import { open } from 'node:fs/promises';
import { fileTypeFromFile } from 'file-type';
import type { UploadKind } from '../contract/media.js';
import { AppError, validationError } from '../lib/app-error.js';

/** What a file is, by its first bytes, and the demuxer that reads it; a decoder never guesses. */
export interface FoundType {
  mimeType: string;
  /** Of ffmpeg. Null for pictures. */
  demuxer: string | null;
}

const pictures = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];
const demuxers: Readonly<Record<string, string>> = {
  'video/mp4': 'mov',
  'video/x-m4v': 'mov',
  'video/quicktime': 'mov',
  'video/3gpp': 'mov',
  'video/3gpp2': 'mov',
  'video/webm': 'matroska',
  'video/matroska': 'matroska',
  'video/x-matroska': 'matroska',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/ogg; codecs=opus': 'ogg',
  'audio/opus': 'ogg',
  'audio/mp4': 'mov',
  'audio/x-m4a': 'mov',
  'audio/wav': 'wav',
  'audio/vnd.wave': 'wav',
  'audio/x-wav': 'wav',
  'audio/aac': 'aac',
  'audio/flac': 'flac',
  'audio/x-flac': 'flac',
};

const wanted: Readonly<Record<UploadKind, string>> = {
  image: 'a JPEG, PNG, WebP or GIF picture',
  video: 'an MP4, MOV, WebM, MKV or 3GP video',
  audio: 'an MP3, M4A, AAC, Ogg, WAV, FLAC or WebM recording',
};

/**
 * Says what a file is, by its bytes; its name and what the caller called it count for nothing. Throws `validation_error` for
 * an empty one, and `unsupported_media_type` for anything that cannot become `kind`, or that is an archive besides.
 */
export async function detectType(path: string, kind: UploadKind, sizeBytes: number): Promise<FoundType> {
  if (sizeBytes === 0) throw validationError(kind, 'The file is empty.');
  const found = (await fileTypeFromFile(path).catch(() => undefined))?.mime;
  if (found === undefined) throw refuse(`This is no file of a kind that is known here. Upload ${wanted[kind]}.`);
  if (found === 'image/heic' || found === 'image/heif' || found === 'image/avif') {
    throw refuse('Pictures in HEIC, HEIF or AVIF cannot be read here. Save it as JPEG and upload that.');
  }
  const type = foundType(found, kind);
  if (!type) throw refuse(`This is a file of type ${found}. Upload ${wanted[kind]}.`);
  if (await endsAsArchive(path, sizeBytes)) {
    throw refuse('This file is an archive at the same time. Upload the picture or recording itself.');
  }
  return type;
}

function foundType(mimeType: string, kind: UploadKind): FoundType | undefined {
  if (kind === 'image') return pictures.includes(mimeType) ? { mimeType, demuxer: null } : undefined;
  // Recordings of browsers are WebM or MP4 files without a picture, so sound may come in a film's clothes.
  const fits = kind === 'video' ? mimeType.startsWith('video/') : !mimeType.startsWith('image/');
  const demuxer = demuxers[mimeType.toLowerCase()];
  return fits && demuxer !== undefined ? { mimeType, demuxer } : undefined;
}

/** The directory of a ZIP archive stands at its end, so that one can be hidden behind a picture. */
async function endsAsArchive(path: string, sizeBytes: number): Promise<boolean> {
  const lookAt = Math.min(sizeBytes, 22 + 65_535);
  const tail = Buffer.alloc(lookAt);
  const file = await open(path);
  try {
    await file.read(tail, 0, lookAt, sizeBytes - lookAt);
  } finally {
    await file.close();
  }
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
