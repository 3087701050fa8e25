import { randomUUID } from 'node:crypto';
import { mkdir, opendir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ulidSchema } from '../contract/ids.js';
import type { Tx } from '../db/unit-of-work.js';
import { onDisk } from '../lib/disk-full.js';
import type { Logger } from '../lib/logger.js';

const replyIdForm = ulidSchema('This is not a reply id.');
/** A file without a record is a leftover once it is this old: before, its record may still be on the way. */
const leftoverAfterMs = 60 * 60_000;
const sweepBatch = 500;

/**
 * The folder with the files of replies, by the ids of these: no name that a sender gave reaches the file system. What is not whole
 * lies in a folder beside them, one for each process that shares the place.
 */
export class ReplyFolder {
  private readonly dir: string;
  private readonly incoming: string;

  constructor(
    uploadsDir: string,
    node: string,
    private readonly logger: Logger,
  ) {
    this.dir = path.join(uploadsDir, '.replies');
    this.incoming = path.join(this.dir, '.incoming', Buffer.from(node).toString('base64url'));
  }

  /** Makes the folders, and deletes what this process left unfinished when it last ended. */
  async open(): Promise<void> {
    await rm(this.incoming, { recursive: true, force: true });
    await mkdir(this.incoming, { recursive: true });
  }

  /** Where to write what is not whole; whoever asks deletes it, or moves it in. */
  newWorkFile(): string {
    return path.join(this.incoming, randomUUID());
  }

  async moveIn(workFile: string, replyId: string): Promise<void> {
    await onDisk(rename(workFile, this.pathOf(replyId)));
  }

  async discard(workFile: string): Promise<void> {
    await rm(workFile, { force: true });
  }

  /** Where the file of this reply is. Throws for what is no such id. */
  pathOf(replyId: string): string {
    return path.join(this.dir, replyIdForm.parse(replyId));
  }

  /** Already gone is success. */
  async remove(replyIds: readonly string[]): Promise<void> {
    for (const id of replyIds) await rm(this.pathOf(id), { force: true });
  }

  /** Deletes the files of these replies once the transaction is committed. */
  removeAfter(tx: Tx, replyIds: readonly string[]): void {
    tx.afterCommit(() => {
      this.remove(replyIds).catch((error: unknown) => {
        this.logger.warn({ err: error }, 'files of replies were not deleted; the next cleaning does it');
      });
    });
  }

  /** Deletes files without a record. */
  async sweep(listKnown: (replyIds: string[]) => Promise<ReadonlySet<string>>, now: number): Promise<void> {
    let batch: string[] = [];
    const judge = async (): Promise<void> => {
      const known = await listKnown(batch);
      for (const id of batch.filter((one) => !known.has(one))) {
        const found = await stat(this.pathOf(id)).catch(() => undefined);
        if (found && found.mtimeMs < now - leftoverAfterMs) await this.remove([id]);
      }
      batch = [];
    };
    for await (const entry of await opendir(this.dir)) {
      if (!entry.isFile() || !replyIdForm.safeParse(entry.name).success) continue;
      batch.push(entry.name);
      if (batch.length >= sweepBatch) await judge();
    }
    await judge();
  }
}
