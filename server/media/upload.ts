import { randomBytes } from 'node:crypto';
import type { Upload, UploadKind } from '../contract/media.js';
import type { StatusMedia } from '../contract/statuses.js';

/** A file that is ready to be posted, as it is kept. Times are epoch milliseconds. */
export interface UploadRecord {
  filename: string;
  organizationId: string;
  /** Null for the whole organization. */
  sessionId: string | null;
  kind: UploadKind;
  name: string;
  tags: readonly string[];
  mimeType: string;
  bytes: number;
  width: number | null;
  height: number | null;
  durationMs: number | null;
  /** The name of its thumbnail, beside it. */
  thumbnail: string | null;
  thumbnailBytes: number;
  /** The JPEG of a few kB that travels in the message. */
  preview: Buffer | null;
  /** 64 bytes from 0 to 100. */
  waveform: Buffer | null;
  backgroundColor: string | null;
  isAnimation: boolean;
  note: string | null;
  /** The first file of a video that was cut into several, and the place in it, from 1. The first one's names itself. */
  partOf: string | null;
  part: number | null;
  createdBy: string;
  createdAt: number;
}

/** What needs a file: `kind` says what `usedBy` is the id of. */
export interface UploadUseRecord {
  kind: string;
  usedBy: string;
  organizationId: string;
  sessionId: string | null;
}

/** Whose an upload will be. */
export interface Owner {
  organizationId: string;
  sessionId: string | null;
  createdBy: string;
}

/** Which kind a record is, and what its file ends with. */
export const extensions: Readonly<Record<UploadKind, string>> = { image: 'jpg', video: 'mp4', audio: 'ogg' };
export const mimeTypes: Readonly<Record<UploadKind, string>> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/ogg; codecs=opus',
};

/** The first half of a name: nothing of what the caller called the file gets into it. */
export function newUploadStem(now: Date): string {
  const random = [...randomBytes(16)].map((byte) => (byte % 36).toString(36)).join('');
  return `${String(Math.floor(now.getTime() / 1000))}-${random}`;
}

export function urlOf(filename: string): string {
  return `/api/uploads/${filename}`;
}

export function mediaOf(record: UploadRecord): StatusMedia {
  const { filename, thumbnail, mimeType, bytes, width, height, durationMs } = record;
  const thumbnailUrl = thumbnail === null ? null : urlOf(thumbnail);
  return { filename, url: urlOf(filename), thumbnailUrl, mimeType, bytes, width, height, durationMs };
}

/** The upload as it leaves the process. */
export function publicUpload(record: UploadRecord, parts: readonly string[]): Upload {
  const { kind, name, tags, note, backgroundColor, organizationId, sessionId, createdBy, createdAt } = record;
  return {
    ...mediaOf(record),
    kind,
    name,
    note,
    backgroundColor,
    organizationId,
    sessionId,
    createdBy,
    tags: [...tags],
    parts: [...parts],
    createdAt: new Date(createdAt).toISOString(),
  };
}
