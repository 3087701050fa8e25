import { setTimeout as pause } from 'node:timers/promises';
import type { Principal } from '../access/principal.js';
import {
  resumableMetadataSchema,
  type ResumableMetadata,
  type ResumableUpload,
} from '../contract/resumable-uploads.js';
import type { UnitOfWork } from '../db/unit-of-work.js';
import { AppError, notFound, unavailableFor, validationError } from '../lib/app-error.js';
import { troubleBehind } from '../lib/database-trouble.js';
import type { Clock } from '../lib/clock.js';
import { eachInTurn } from '../lib/running/each-in-turn.js';
import type { Logger } from '../lib/logger.js';
import type { MediaPreparer } from '../media-pool/media-preparer.js';
import type { IncomingUpload } from './incoming-upload.js';
import type { IncomingUploadsStore, ResumableFilter } from './incoming-uploads-store.js';
import { ownerOf } from './intake.js';
import type { MediaService, SessionsOfMedia } from './media-service.js';
import { publicResumable } from './public-resumable.js';
import type { ResumableFolder } from './resumable-folder.js';
import type { UploadFolder } from './upload-folder.js';
import type { UploadRoom } from './upload-room.js';
import type { UploadsService } from './uploads-service.js';

export interface ResumableUploadsParts {
  incoming: IncomingUploadsStore;
  room: UploadRoom;
  folder: ResumableFolder;
  workFolder: Pick<UploadFolder, 'newWorkDir' | 'discard'>;
  media: Pick<MediaService, 'keep'>;
  uploads: Pick<UploadsService, 'load' | 'withParts'>;
  preparer: Pick<MediaPreparer, 'requireEngine'>;
  sessions: SessionsOfMedia;
  unitOfWork: UnitOfWork;
  clock: Clock;
  logger: Logger;
  /** The name of this process. */
  node: string;
  /** An upload is forgotten this long after it was begun. */
  keepMs: number;
}

/** Given to those who ask what became of theirs. */
const shownAtOnce = 100;
const expiredAtOnce = 200;
/** What ends the server each time it is prepared must not do so for ever. */
const longestAttempts = 5;
const pauseMs = 15_000;

/** Uploads that may come in several requests: begun, resumed, prepared when they are whole, forgotten when they are old. */
export class ResumableUploads {
  private readonly stopping = new AbortController();
  /** What is being prepared here. */
  private readonly running = new Map<string, { ended: Promise<void>; cancel: AbortController }>();

  constructor(private readonly parts: ResumableUploadsParts) {}

  get folder(): string {
    return this.parts.folder.dir;
  }

  get keepMs(): number {
    return this.parts.keepMs;
  }

  /**
   * Makes room for a file of so many bytes; answers the id of the upload. `said` is the metadata as it was given. Throws in
   * words when the file cannot be taken now.
   */
  async create(
    principal: Principal,
    bytes: number,
    said: Record<string, string | null>,
    { kind, sessionId }: ResumableMetadata,
  ): Promise<string> {
    if (bytes === 0) throw validationError('Upload-Length', 'The file is empty. Choose one that has something in it.');
    if (kind !== 'image') this.parts.preparer.requireEngine();
    const session = sessionId === undefined ? undefined : await this.parts.sessions.get(principal, sessionId);
    return this.parts.room.reserveResumable({
      principal,
      owner: ownerOf(principal, session),
      kind,
      announcedBytes: bytes,
      details: said,
      expiresAt: this.now() + this.parts.keepMs,
    });
  }

  /** Throws `not_found` for what is not there, not there any more, or somebody else's. */
  async find(principal: Principal, id: string): Promise<IncomingUpload> {
    const upload = await this.parts.incoming.find(id);
    const isTheirs = upload?.isResumable === true && upload.principalId === principal.id;
    if (!isTheirs || upload.expiresAt <= this.now()) throw notFound('The upload');
    return upload;
  }

  /** What an upload is, whoever asks; undefined when there is none. */
  async facts(id: string): Promise<IncomingUpload | undefined> {
    return this.parts.incoming.find(id);
  }

  /** Those of the principal, newest first. */
  async list(principal: Principal): Promise<ResumableUpload[]> {
    const which = { principalId: principal.id, aliveAt: this.now() };
    const uploads = await this.parts.incoming.listResumable(which, shownAtOnce);
    return Promise.all(uploads.map((upload) => this.publicUpload(upload)));
  }

  /** What is known of it, once it is prepared or the time to wait is over. */
  async get(
    principal: Principal,
    id: string,
    { waitMs, signal }: { waitMs: number; signal: AbortSignal },
  ): Promise<ResumableUpload> {
    const upload = await this.find(principal, id);
    if (upload.state === 'receiving') await this.received(id);
    const running = this.running.get(id);
    if (running && waitMs > 0) {
      const ending = AbortSignal.any([signal, this.stopping.signal]);
      await Promise.race([
        running.ended,
        pause(waitMs, undefined, { signal: ending, ref: false }).catch(() => undefined),
      ]);
    }
    return this.publicUpload(await this.find(principal, id));
  }

  /** Writes down how much has come. What is whole is prepared from now on, whether or not anybody waits for it. */
  async received(id: string): Promise<void> {
    const { incoming, folder, unitOfWork, node } = this.parts;
    const upload = await incoming.find(id);
    if (upload?.state !== 'receiving') return;
    const receivedBytes = await folder.sizeOf(id);
    const isBegun = await unitOfWork.run(async (tx) => {
      if (receivedBytes >= upload.bytes) return incoming.beginPreparing(tx, id, node);
      await incoming.setReceived(tx, id, receivedBytes);
      return false;
    });
    if (isBegun) this.prepare(upload);
  }

  /** Forgets an upload with what came of it. Not there is success. */
  async cancel(id: string): Promise<void> {
    const running = this.running.get(id);
    running?.cancel.abort();
    await running?.ended;
    await this.parts.folder.remove(id);
    await this.parts.unitOfWork.run((tx) => this.parts.incoming.delete(tx, id));
  }

  /** Ends the preparing of theirs, and forgets it; false when that is not going on here, or when it was ready before. */
  async cancelPreparing(principal: Principal, id: string): Promise<boolean> {
    const { incoming, folder, unitOfWork } = this.parts;
    const running = this.running.get(id);
    if (!running || (await incoming.find(id))?.principalId !== principal.id) return false;
    running.cancel.abort();
    await running.ended;
    if ((await incoming.find(id))?.state !== 'preparing') return false;
    await folder.remove(id);
    await unitOfWork.run((tx) => incoming.delete(tx, id));
    return true;
  }

  /** What is on its way to a session that is gone goes with it. */
  async forgetSession(sessionId: string): Promise<void> {
    const states = ['receiving', 'preparing'] as const;
    await this.cancelAll({ sessionId, states });
  }

  /** Makes the folder. */
  open(): Promise<void> {
    return this.parts.folder.open();
  }

  /** Goes on where the process was when it last ended. */
  async start(): Promise<void> {
    const { incoming, node } = this.parts;
    for (const upload of await incoming.listResumable({ node, states: ['preparing'] }, shownAtOnce * 10)) {
      this.prepare(upload);
    }
    // What was whole when the process ended before it could write that down.
    for (const { id } of await incoming.listResumable({ node, states: ['receiving'] }, shownAtOnce * 10)) {
      await this.received(id);
    }
  }

  /** Resolves when nothing runs any more; what was begun goes on at the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
  }

  /** Forgets what has expired, and deletes files that nobody knows. */
  async clean(): Promise<void> {
    await eachInTurn([
      () => this.cancelAll({ expiredAt: this.now() }),
      () => this.parts.folder.sweep((ids) => this.parts.incoming.listKnown(ids)),
    ]);
  }

  /** One that cannot be ended does not keep the others. */
  private async cancelAll(which: ResumableFilter): Promise<void> {
    let uploads: IncomingUpload[];
    let olderThan: string | undefined;
    const failures: unknown[] = [];
    do {
      uploads = await this.parts.incoming.listResumable({ ...which, olderThan }, expiredAtOnce);
      olderThan = uploads.at(-1)?.id;
      for (const { id } of uploads) await this.cancel(id).catch((error: unknown) => failures.push(error));
    } while (uploads.length === expiredAtOnce);
    if (failures.length > 0) throw failures[0];
  }

  private prepare(upload: IncomingUpload): void {
    const { id } = upload;
    const cancel = new AbortController();
    const signal = AbortSignal.any([this.stopping.signal, cancel.signal]);
    const ended = this.prepareUntilItEnds(upload, signal)
      .catch((error: unknown) => {
        this.parts.logger.error(
          { err: error, id },
          'a resumable upload could not be prepared; the next start tries again',
        );
      })
      .finally(() => this.running.delete(id));
    this.running.set(id, { ended, cancel });
  }

  private async prepareUntilItEnds(upload: IncomingUpload, signal: AbortSignal): Promise<void> {
    const { incoming, unitOfWork, folder } = this.parts;
    const { id } = upload;
    for (let attempt = upload.attempts + 1; ; attempt += 1) {
      if (attempt > longestAttempts) {
        await this.fail(id, tooManyAttempts());
        break;
      }
      await unitOfWork.run((tx) => incoming.countAttempt(tx, id));
      const failure = await this.attempt(upload, signal);
      if (signal.aborted && failure) return;
      if (!failure) break;
      if (failure.code !== 'unavailable' || attempt === longestAttempts) {
        await this.fail(id, failure);
        break;
      }
      const waitMs = failure.retryAfterSeconds === undefined ? pauseMs : failure.retryAfterSeconds * 1000;
      await pause(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
    }
    await folder.remove(id);
  }

  /** Answers why it did not become a file of the library. */
  private async attempt(upload: IncomingUpload, signal: AbortSignal): Promise<AppError | undefined> {
    const { workFolder, media, folder, logger } = this.parts;
    const { id, bytes, organizationId, sessionId, createdBy } = upload;
    const { filename = 'Untitled', ...wish } = wishOf(upload);
    const workDir = await workFolder.newWorkDir();
    try {
      const original = { path: folder.pathOf(id), folder: workDir, receptionId: id, name: filename, sizeBytes: bytes };
      await media.keep({ organizationId, sessionId, createdBy }, original, wish, signal);
      return undefined;
    } catch (error) {
      if (error instanceof AppError) return error;
      const trouble = troubleBehind(error);
      if (trouble) return unavailableFor(trouble);
      if (!signal.aborted) logger.error({ err: error, id }, 'preparing a resumable upload failed');
      return new AppError('internal_error', 'Something went wrong here. Upload the file again.', { cause: error });
    } finally {
      await workFolder.discard(workDir);
    }
  }

  private async fail(id: string, { code, message }: AppError): Promise<void> {
    await this.parts.unitOfWork.run((tx) => this.parts.incoming.finish(tx, id, { code, message }));
  }

  private async publicUpload(upload: IncomingUpload): Promise<ResumableUpload> {
    const made = upload.filename === null ? undefined : await this.parts.uploads.load(upload.filename);
    return publicResumable(upload, made ? await this.parts.uploads.withParts(made.record) : null);
  }

  private now(): number {
    return this.parts.clock.now().getTime();
  }
}

/** What was said of it was checked when it was begun. */
function wishOf({ details }: IncomingUpload): ResumableMetadata {
  const given = Object.entries(details ?? {}).filter(([, value]) => value !== null);
  return resumableMetadataSchema.parse(Object.fromEntries(given));
}

function tooManyAttempts(): AppError {
  return new AppError(
    'validation_error',
    'The server ended each time it prepared this file, so it is not tried again. Save the file anew and upload that.',
  );
}
