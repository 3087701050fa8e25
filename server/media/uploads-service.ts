import { maySee, type Principal } from '../access/principal.js';
import type { Page } from '../contract/envelope.js';
import type { ListUploadsQuery, PatchUploadBody, Upload, UploadDetails } from '../contract/media.js';
import { quoted } from '../contract/values/quoted.js';
import type { UnitOfWork } from '../db/unit-of-work.js';
import { AppError, notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { textCursor } from '../lib/cursors.js';
import { Pages } from '../lib/page.js';
import { eachInTurn } from '../lib/running/each-in-turn.js';
import { inHalves } from '../lib/running/in-halves.js';
import { publicUpload, type UploadRecord, type UploadUseRecord } from './upload.js';
import type { UploadFolder } from './upload-folder.js';
import type { UploadsStore } from './uploads-store.js';

/** Which of these statuses are still to be posted. */
export type ListWaiting = (statusIds: readonly string[]) => Promise<ReadonlySet<string>>;

export interface UploadsServiceParts {
  uploads: UploadsStore;
  folder: UploadFolder;
  unitOfWork: UnitOfWork;
  clock: Clock;
  listWaiting: ListWaiting;
  /** Files that nothing needs are deleted after this time; 0 keeps them. */
  unusedForMs: number;
}

/** The list is ordered by the names of the files, which begin with the time. */
const pages = new Pages(textCursor(/^[0-9a-z.-]{1,60}$/));
const shownUses = 100;
const cleanedAtOnce = 200;

/** The media library: files that are ready to be posted, and what needs them. */
export class UploadsService {
  constructor(private readonly parts: UploadsServiceParts) {}

  /** Newest first: what the principal may see, of a cut video the first part. */
  async list(principal: Principal, query: ListUploadsQuery): Promise<Page<Upload>> {
    const { organizationId, sessionId } = principal;
    const { search, type, tag } = query;
    const filter = { organizationId, sessionId, kind: type, search, tag };
    const { records, total } = await this.parts.uploads.list(filter, pages.wanted(query));
    const { items, nextCursor } = pages.cut(records, query, ({ filename }) => filename);
    const parts = await this.parts.uploads.partsOf(items.map(({ filename }) => filename));
    return { items: items.map((record) => publicUpload(record, parts.get(record.filename) ?? [])), total, nextCursor };
  }

  /** Throws `not_found` for a file that the principal may not see: its own, and those that statuses it sees show. */
  async getRecord(principal: Principal, filename: string): Promise<UploadRecord> {
    const record = await this.parts.uploads.find(filename);
    if (record && maySee(principal, record)) return record;
    const uses = record ? await this.parts.uploads.listUses(record.partOf ?? record.filename, shownUses) : [];
    const use = uses.find((one) => maySee(principal, one));
    if (record && use) return record;
    throw notFound(`The file ${quoted(filename)}`);
  }

  async get(principal: Principal, filename: string): Promise<UploadDetails> {
    const record = await this.getRecord(principal, filename);
    const uses = (await this.parts.uploads.listUses(record.filename, shownUses)).filter((use) =>
      maySee(principal, use),
    );
    const waiting = await this.waitingOf(uses);
    return {
      ...(await this.withParts(record)),
      uses: uses.map(({ kind, usedBy, sessionId }) => ({
        kind,
        id: usedBy,
        sessionId,
        isWaiting: waiting.has(usedBy),
      })),
    };
  }

  /** A file to send, or its thumbnail. */
  async open(principal: Principal, filename: string): Promise<{ path: string; mimeType: string }> {
    const record = await this.getRecord(principal, filename);
    const mimeType = filename === record.thumbnail ? 'image/jpeg' : record.mimeType;
    return { path: this.parts.folder.pathOf(filename), mimeType };
  }

  async update(principal: Principal, filename: string, body: PatchUploadBody): Promise<Upload> {
    const record = await this.getOwn(principal, filename);
    const changed = { ...record, name: body.name ?? record.name, tags: body.tags ?? record.tags };
    await this.parts.unitOfWork.run((tx) => this.parts.uploads.update(tx, record.filename, changed));
    return this.withParts(changed);
  }

  /**
   * Deletes a file, of a cut video all of them. `conflict` while something needs it; what is only shown by past statuses
   * goes with `force`.
   */
  async delete(principal: Principal, filename: string, force: boolean): Promise<void> {
    const asked = await this.getOwn(principal, filename);
    const first = asked.partOf ?? asked.filename;
    const records = await this.parts.uploads.listParts(first);
    const uses = await this.parts.uploads.listUses(first, shownUses);
    const waiting = await this.waitingOf(uses);
    refuseUsed(uses, waiting, force);
    await this.parts.unitOfWork.run(async (tx) => {
      // Something may have begun to need it since, and nothing may until it is gone: its use would go with it.
      await this.parts.uploads.lock(tx, filesOfRecords(records).files);
      const now = await this.parts.uploads.listUses(first, shownUses, tx);
      if (now.some(({ usedBy }) => !uses.some((use) => use.usedBy === usedBy))) throw usedJustNow();
      await this.parts.uploads.delete(tx, filesOfRecords(records).files);
    });
    await this.removeFiles(records);
  }

  /** The record and the place of a file, for posting; undefined when it is gone. */
  async load(filename: string): Promise<{ record: UploadRecord; path: string } | undefined> {
    const record = await this.parts.uploads.find(filename);
    return record && { record, path: this.parts.folder.pathOf(record.filename) };
  }

  /** The files of a cut video in their order, from any of them; itself alone otherwise. */
  async partsToPost(record: UploadRecord): Promise<UploadRecord[]> {
    return record.partOf === null ? [record] : this.parts.uploads.listParts(record.partOf);
  }

  /** Deletes the files of a session that is gone; what others need stays, for the organization. */
  async forgetSession(sessionId: string): Promise<void> {
    await this.deleteUnused({ sessionId });
    await this.parts.uploads.leaveToOrganization(sessionId);
  }

  /** Deletes what nobody has needed for long, and files without a record. */
  async clean(): Promise<void> {
    const { clock, folder, uploads, unusedForMs } = this.parts;
    const now = clock.now().getTime();
    await eachInTurn([
      () => (unusedForMs > 0 ? this.deleteUnused({ before: now - unusedForMs }) : Promise.resolve()),
      () => folder.sweep((filenames) => uploads.listKnown(filenames), now),
    ]);
  }

  /** With the names of all parts where it was cut. */
  async withParts(record: UploadRecord): Promise<Upload> {
    const parts = await this.parts.uploads.partsOf([record.filename]);
    return publicUpload(record, parts.get(record.filename) ?? []);
  }

  /** What may be changed: what a session only uses belongs to somebody else. */
  private async getOwn(principal: Principal, filename: string): Promise<UploadRecord> {
    const record = await this.getRecord(principal, filename);
    if (maySee(principal, record)) return record;
    throw new AppError('forbidden', 'This file belongs to the organization. This key may only see it.');
  }

  private waitingOf(uses: readonly UploadUseRecord[]): Promise<ReadonlySet<string>> {
    return this.parts.listWaiting(uses.filter(({ kind }) => kind === 'status').map(({ usedBy }) => usedBy));
  }

  /** What cannot be deleted does not keep the rest. What was just taken into use stays. */
  private async deleteUnused(which: { sessionId: string } | { before: number }): Promise<void> {
    const { uploads, unitOfWork } = this.parts;
    const failures: unknown[] = [];
    let last: UploadRecord | undefined;
    do {
      const after = last?.filename;
      const records: UploadRecord[] = await uploads.listUnused(which, cleanedAtOnce, after);
      await inHalves(
        records,
        async (some) => {
          const gone = await unitOfWork.run(async (tx) => {
            await uploads.lock(tx, filesOfRecords(some).files);
            const still = await uploads.listUnused(which, cleanedAtOnce, after, tx);
            const names = new Set(filesOfRecords(still).files);
            const unused = some.filter(({ filename }) => names.has(filename));
            await uploads.delete(tx, filesOfRecords(unused).files);
            return unused;
          });
          await this.removeFiles(gone);
        },
        (_record, error) => failures.push(error),
      );
      last = records.length < cleanedAtOnce ? undefined : records.at(-1);
    } while (last);
    if (failures.length > 0) throw failures[0];
  }

  private async removeFiles(records: readonly UploadRecord[]): Promise<void> {
    const { files, thumbnails } = filesOfRecords(records);
    await this.parts.folder.remove([...files, ...thumbnails]);
  }
}

function filesOfRecords(records: readonly UploadRecord[]): { files: string[]; thumbnails: string[] } {
  return {
    files: records.map(({ filename }) => filename),
    thumbnails: records.flatMap(({ thumbnail }) => thumbnail ?? []),
  };
}

function refuseUsed(uses: readonly UploadUseRecord[], waiting: ReadonlySet<string>, force: boolean): void {
  const lasting = uses.filter(({ kind, usedBy }) => kind !== 'status' || waiting.has(usedBy));
  if (lasting.length > 0) {
    throw new AppError('conflict', `${inWords(lasting)} this file. Take that back first.`, {
      details: { uses: lasting },
    });
  }
  if (uses.length > 0 && !force) {
    throw new AppError(
      'conflict',
      `${inWords(uses)} this file; without it they have no picture here any more. Delete it with force=true if you are sure.`,
      { details: { uses } },
    );
  }
}

function inWords(uses: readonly UploadUseRecord[]): string {
  const [use] = uses;
  if (uses.length === 1 && use) return `The ${use.kind} ${use.usedBy} shows`;
  return `${uses.length >= shownUses ? 'Very many' : String(uses.length)} statuses or templates show`;
}

function usedJustNow(): AppError {
  return new AppError('conflict', 'A status has begun to show this file just now. Look at where it is used.');
}
