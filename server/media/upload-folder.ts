import { randomUUID } from 'node:crypto';
import { mkdir, opendir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { uploadFilenameSchema } from '../contract/ids.js';
import { onDisk } from '../lib/disk-full.js';

/** A file without a record is a leftover once it is this old: before, its record may still be on the way. */
const leftoverAfterMs = 60 * 60_000;
const sweepBatch = 500;

/**
 * The folder of uploaded files. What is not finished lies in `.incoming`, on the same file system, one folder for each
 * process that shares the place; only whole files get out of there.
 */
export class UploadFolder {
  /** Where this process keeps what is not finished. */
  readonly incoming: string;

  constructor(
    private readonly dir: string,
    node: string,
  ) {
    this.incoming = path.join(dir, '.incoming', Buffer.from(node).toString('base64url'));
  }

  /** Makes the folders, and deletes what this process left unfinished when it last ended. */
  async open(): Promise<void> {
    await rm(this.incoming, { recursive: true, force: true });
    await mkdir(this.incoming, { recursive: true });
  }

  /** A new folder for work in progress. Whoever asks for it deletes it with {@link discard}. */
  async newWorkDir(): Promise<string> {
    const dir = path.join(this.incoming, randomUUID());
    await onDisk(mkdir(dir, { recursive: true }));
    return dir;
  }

  async discard(workDir: string): Promise<void> {
    await rm(workDir, { recursive: true, force: true });
  }

  /** Moves finished files in from a work folder, under their names; all of them, or none. */
  async moveIn(files: readonly { from: string; filename: string }[]): Promise<void> {
    try {
      for (const { from, filename } of files) await onDisk(rename(from, this.pathOf(filename)));
    } catch (error) {
      await this.remove(files.map(({ filename }) => filename));
      throw error;
    }
  }

  /** Already gone is success. */
  async remove(filenames: readonly string[]): Promise<void> {
    for (const filename of filenames) await rm(this.pathOf(filename), { force: true });
  }

  /** Where a file of this name is. Throws for what is no such name: nothing else gets near the file system. */
  pathOf(filename: string): string {
    return path.join(this.dir, uploadFilenameSchema.parse(filename));
  }

  /** Deletes files without a record. One that cannot be deleted does not keep the others. */
  async sweep(listKnown: (filenames: string[]) => Promise<ReadonlySet<string>>, now: number): Promise<void> {
    let batch: string[] = [];
    const failures: unknown[] = [];
    const judge = async (): Promise<void> => {
      const known = await listKnown(batch);
      for (const name of batch.filter((one) => !known.has(one))) {
        const found = await stat(this.pathOf(name)).catch(() => undefined);
        if (!found || found.mtimeMs >= now - leftoverAfterMs) continue;
        await this.remove([name]).catch((error: unknown) => failures.push(error));
      }
      batch = [];
    };
    for await (const entry of await opendir(this.dir)) {
      if (!entry.isFile() || !uploadFilenameSchema.safeParse(entry.name).success) continue;
      batch.push(entry.name);
      if (batch.length >= sweepBatch) await judge();
    }
    await judge();
    if (failures.length > 0) throw failures[0];
  }
}
