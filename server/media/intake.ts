import { stat } from 'node:fs/promises';
import { organizationOf, type Principal } from '../access/principal.js';
import type { ImageLayout, UploadKind } from '../contract/media.js';
import { asText } from '../contract/values/texts.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import type { MediaPreparer } from '../media-pool/media-preparer.js';
import type { Prepared } from '../media-worker/protocol.js';
import { extensions, mimeTypes, newUploadStem, type Owner, type UploadRecord } from './upload.js';
import type { UploadFolder } from './upload-folder.js';
import type { UploadRoom } from './upload-room.js';
import type { UploadsStore } from './uploads-store.js';

/** A file that came from somewhere, in a work folder of its own that the caller deletes. */
export interface Original {
  path: string;
  folder: string;
  /** Under which room is reserved for it. */
  receptionId: string;
  name: string;
  sizeBytes: number;
}

/** What is to become of it. */
export interface Wish {
  kind: UploadKind;
  name?: string | undefined;
  tags?: readonly string[] | undefined;
  layout?: ImageLayout | undefined;
  startMs?: number | undefined;
  endMs?: number | undefined;
  backgroundColor?: string | undefined;
}

/** Told from 0 to 100 while it is prepared. */
export type TellPercent = (percent: number) => void;

/** What else commits with the files. */
export type InSameTransaction = (tx: Tx, records: readonly UploadRecord[]) => Promise<void>;

export interface IntakeParts {
  uploads: UploadsStore;
  folder: UploadFolder;
  preparer: Pick<MediaPreparer, 'prepare'>;
  room: UploadRoom;
  unitOfWork: UnitOfWork;
  clock: Clock;
}

/** From a file that somebody gave to one that phones show well: looked at, made anew, kept under a name of ours. */
export class Intake {
  constructor(private readonly parts: IntakeParts) {}

  /**
   * Prepares a file and keeps what came out: one upload, or several for a video that was cut. Throws in words what is wrong
   * with it; nothing is kept then. The original is left to the caller.
   */
  async keep(
    original: Original,
    wish: Wish,
    owner: Owner,
    signal: AbortSignal,
    tell: TellPercent,
    inSameTransaction?: InSameTransaction,
  ): Promise<UploadRecord[]> {
    const { kind, layout = 'fit', startMs = 0, endMs } = wish;
    const { path: from, folder } = original;
    const { organizationId } = owner;
    const prepared = await this.parts.preparer.prepare(
      { kind, from, folder, sizeBytes: original.sizeBytes, layout, startMs, endMs },
      { organizationId, signal, tell },
    );
    signal.throwIfAborted();
    return this.store(prepared, original, wish, owner, inSameTransaction);
  }

  private async store(
    prepared: readonly Prepared[],
    original: Original,
    wish: Wish,
    owner: Owner,
    inSameTransaction: InSameTransaction | undefined,
  ): Promise<UploadRecord[]> {
    const now = this.parts.clock.now();
    const stem = newUploadStem(now);
    const thumbnailSizes = await Promise.all(prepared.map(({ thumbnail }) => sizeOf(thumbnail)));
    const records = prepared.map((one, index): UploadRecord => {
      const base = index === 0 ? stem : newUploadStem(now);
      const { file: _file, thumbnail, ...facts } = one;
      const isCut = prepared.length > 1;
      return {
        ...facts,
        ...owner,
        filename: `${base}.${extensions[one.kind]}`,
        name: wish.name ?? nameOf(original.name),
        tags: wish.tags ?? [],
        mimeType: mimeTypes[one.kind],
        thumbnail: thumbnail === null ? null : `${base}-thumb.jpg`,
        thumbnailBytes: thumbnailSizes[index] ?? 0,
        backgroundColor: wish.backgroundColor ?? null,
        partOf: isCut ? `${stem}.${extensions[one.kind]}` : null,
        part: isCut ? index + 1 : null,
        createdAt: now.getTime(),
      };
    });
    const files = prepared.flatMap(({ file, thumbnail }, index) => {
      const record = records[index];
      if (!record) return [];
      const own = { from: file, filename: record.filename };
      return thumbnail === null || record.thumbnail === null
        ? [own]
        : [own, { from: thumbnail, filename: record.thumbnail }];
    });
    await this.parts.folder.moveIn(files);
    try {
      const bytes = records.reduce((sum, record) => sum + record.bytes + record.thumbnailBytes, 0);
      await this.parts.unitOfWork.run(async (tx) => {
        const made = { count: records.length, bytes, filename: records[0]?.filename ?? stem };
        await this.parts.room.settle(tx, owner.organizationId, made, original.receptionId);
        await this.parts.uploads.insert(tx, records);
        await inSameTransaction?.(tx, records);
      });
    } catch (error) {
      await this.parts.folder.remove(files.map(({ filename }) => filename));
      throw error;
    }
    return records;
  }
}

/** Whose a new file is: of the session that it is for, or of the one session that the key may use, or of all. */
export function ownerOf(
  principal: Principal,
  session: { organizationId: string; sessionId: string } | undefined,
): Owner {
  return {
    organizationId: session?.organizationId ?? organizationOf(principal),
    sessionId: session?.sessionId ?? principal.sessionId,
    createdBy: principal.name,
  };
}

async function sizeOf(file: string | null): Promise<number> {
  return file === null ? 0 : (await stat(file)).size;
}

/** What the caller calls it, for people to read: without control characters and of bearable length. */
function nameOf(original: string): string {
  const clean = original.replaceAll(/\p{C}/gu, '').trim();
  return clean === '' ? 'Untitled' : asText(clean, 200);
}
