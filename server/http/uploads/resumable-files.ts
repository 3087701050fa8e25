import type { Principal } from '../../access/principal.js';
import type { ResumableMetadata } from '../../contract/resumable-uploads.js';

/** What the protocol needs to know of an upload. */
export interface ResumableFacts {
  id: string;
  state: 'receiving' | 'preparing' | 'done' | 'failed';
  bytes: number;
  receivedBytes: number;
  /** What was said of it. */
  details: Record<string, string | null> | null;
  createdAt: number;
}

/** Where uploads by the tus protocol begin, and where they go when they are whole. All throw in words. */
export interface ResumableFiles {
  readonly folder: string;
  readonly keepMs: number;
  create(
    principal: Principal,
    bytes: number,
    said: Record<string, string | null>,
    metadata: ResumableMetadata,
  ): Promise<string>;
  find(principal: Principal, id: string): Promise<ResumableFacts>;
  facts(id: string): Promise<ResumableFacts | undefined>;
  received(id: string): Promise<void>;
  /** Ends the preparing of theirs, and forgets it; false when that is not going on here, or when it was ready before. */
  cancelPreparing(principal: Principal, id: string): Promise<boolean>;
  cancel(id: string): Promise<void>;
}
