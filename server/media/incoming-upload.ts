import type { ErrorCode } from '../contract/errors.js';
import type { UploadKind } from '../contract/media.js';

/**
 * `receiving` until the last byte is here, `preparing` until its files are in the library. What was not resumable is
 * forgotten then; the others are `done` or `failed` until they expire.
 */
export type IncomingState = 'receiving' | 'preparing' | 'done' | 'failed';

/** Names and values of `Upload-Metadata`; a name may come without a value. */
export type UploadMetadata = Readonly<Record<string, string | null>>;

/** A file on its way in. Times are epoch milliseconds. */
export interface IncomingUpload {
  id: string;
  organizationId: string;
  sessionId: string | null;
  principalId: string;
  createdBy: string;
  /** The process that receives or prepares it. */
  node: string;
  kind: UploadKind;
  isResumable: boolean;
  /** Of those that can be resumed: what the caller said of the file. */
  details: UploadMetadata | null;
  state: IncomingState;
  /** How large it will be, or how much is reserved so far where nobody knows. */
  bytes: number;
  /** As far as it was written down; more may be on the disk. */
  receivedBytes: number;
  /** How often it was begun to be prepared. */
  attempts: number;
  /** What became of it, or why nothing did. */
  filename: string | null;
  error: { code: ErrorCode; message: string } | null;
  createdAt: number;
  /** Room is reserved until then, at most. */
  expiresAt: number;
}

/** How much something has of what it may have. */
export interface Usage {
  count: number;
  bytes: number;
}
