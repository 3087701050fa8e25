import type { Principal } from '../access/principal.js';
import type { Tx } from '../db/unit-of-work.js';
import { notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { namedUpload, type Showing } from './named-upload.js';
import type { UploadUseRecord } from './upload.js';
import type { UploadsStore } from './uploads-store.js';

export interface SeenFiles {
  /** Throws `not_found` for a file that the principal may not see. */
  getRecord(principal: Principal, filename: string): Promise<unknown>;
}

/** Which uploads posts need, whether they are planned, kept or still being written. What is needed is not deleted. */
export class FileUses {
  constructor(
    private readonly store: Pick<UploadsStore, 'addUse' | 'dropUses'>,
    private readonly files: SeenFiles,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws `not_found` for a file that is gone, or hidden from the principal or the organization: files are seen by those
   * who use them, so nobody may begin to use one that they do not see.
   */
  async require(principal: Principal, organizationId: string, posts: readonly Showing[]): Promise<void> {
    for (const filename of namesIn(posts)) await this.files.getRecord({ ...principal, organizationId }, filename);
  }

  /** Keeps the files of something new for as long as it is there. Throws `not_found` when one is gone. */
  async add(tx: Tx, use: UploadUseRecord, posts: readonly Showing[]): Promise<void> {
    for (const filename of namesIn(posts)) {
      const isThere = await this.store.addUse(tx, filename, use, this.clock.now().getTime());
      if (!isThere) throw notFound(`The file "${filename}"`);
    }
  }

  /** Keeps these instead of those that it needed. Throws as {@link add} does. */
  async replace(tx: Tx, use: UploadUseRecord, posts: readonly Showing[]): Promise<void> {
    await this.drop(tx, use);
    await this.add(tx, use, posts);
  }

  /** What needed files does not any more. */
  drop(tx: Tx, { kind, usedBy }: Pick<UploadUseRecord, 'kind' | 'usedBy'>): Promise<void> {
    return this.store.dropUses(tx, kind, usedBy);
  }
}

/** Each once. */
function namesIn(posts: readonly Showing[]): Set<string> {
  return new Set(posts.flatMap((post) => namedUpload(post) ?? []));
}
