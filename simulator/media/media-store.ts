import { createReadStream, type ReadStream } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';

export interface StoredFile {
  /** Path and query under which it is downloaded. */
  directPath: string;
  sizeBytes: number;
  file: string;
}

/** Encrypted files as they were uploaded, on disk, the oldest given up when the limit is reached. */
export class MediaStore {
  private readonly byPath = new Map<string, StoredFile>();
  private heldBytes = 0;

  private constructor(
    readonly folder: string,
    private readonly limitBytes: number,
  ) {}

  /** Uses a temporary folder of its own. */
  static async open(limitBytes: number): Promise<MediaStore> {
    return new MediaStore(await mkdtemp(join(tmpdir(), 'simulator-media-')), limitBytes);
  }

  get totalBytes(): number {
    return this.heldBytes;
  }

  /** Where an upload may be written before it was judged. */
  newUploadFile(): string {
    return join(this.folder, `${randomBytes(12).toString('hex')}.part`);
  }

  /** Keeps an upload; the file belongs to the store from now on. */
  async keep(uploadFile: string, sizeBytes: number): Promise<StoredFile> {
    const name = `${Date.now()}_${randomBytes(8).readBigUInt64BE().toString()}_n.enc`;
    const directPath = `/v/t62.7118-24/${name}?ccb=11-4&oh=${randomBytes(16).toString('hex')}&oe=7FFFFFFF&_nc_sid=5e03e0`;
    const stored: StoredFile = { directPath, sizeBytes, file: join(this.folder, name) };
    await rename(uploadFile, stored.file);
    this.byPath.set(directPath, stored);
    this.heldBytes += sizeBytes;
    for (const oldest of this.byPath.values()) {
      if (this.heldBytes <= this.limitBytes || oldest === stored) break;
      await this.remove(oldest.directPath);
    }
    return stored;
  }

  /** By the complete direct path, its query included: without the signature in it the real host refuses, too. */
  find(directPath: string): StoredFile | undefined {
    return this.byPath.get(directPath);
  }

  /** Bytes `start` to `end`, both included. */
  read(stored: StoredFile, range?: { start: number; end: number }): ReadStream {
    return createReadStream(stored.file, range);
  }

  /** Forgets a file, as the real host does after some weeks. */
  async remove(directPath: string): Promise<void> {
    const stored = this.byPath.get(directPath);
    if (!stored) return;
    this.byPath.delete(directPath);
    this.heldBytes -= stored.sizeBytes;
    await rm(stored.file, { force: true });
  }

  /** Deletes the folder with everything in it. */
  async close(): Promise<void> {
    this.byPath.clear();
    await rm(this.folder, { recursive: true, force: true });
  }
}
