import type { UploadKind } from '../contract/media.js';

/** One file that is ready to be posted, in the work folder, and what is known of it. */
export interface Prepared {
  kind: UploadKind;
  file: string;
  /** The file of its thumbnail, beside it. */
  thumbnail: string | null;
  bytes: number;
  width: number | null;
  height: number | null;
  durationMs: number | null;
  /** The JPEG of a few kB that travels in the message. */
  preview: Buffer | null;
  /** 64 bytes from 0 to 100. */
  waveform: Buffer | null;
  isAnimation: boolean;
  note: string | null;
}
