import path from 'node:path';
import type { Principal } from '../access/principal.js';
import type { Upload, UploadKind } from '../contract/media.js';
import type { Session } from '../contract/sessions.js';
import { isWebAddress } from '../contract/statuses.js';
import { type Keep, keepNothing, type Kept } from '../db/unit-of-work.js';
import type { EventBus } from '../events/event-bus.js';
import { AppError, validationError } from '../lib/app-error.js';
import { onDisk } from '../lib/disk-full.js';
import { nowAndThen } from '../lib/running/now-and-then.js';
import { failureOf, type Refused } from '../outbound/fetch-refusal.js';
import { type InSameTransaction, type Intake, type Original, ownerOf, type Wish } from './intake.js';
import { type Owner, publicUpload, type UploadRecord } from './upload.js';
import type { Receptions } from './receptions.js';
import type { UploadsService } from './uploads-service.js';

/** What media need to know of sessions. */
export interface SessionsOfMedia {
  /** Throws `not_found` for a session that the principal may not see. */
  get(principal: Principal, sessionId: string): Promise<Session>;
}

export interface MediaServiceParts {
  intake: Intake;
  uploads: UploadsService;
  sessions: SessionsOfMedia;
  bus: EventBus;
  receptions: Receptions;
  outbound: FetchesFiles;
  maxBytes: number;
}

/** How files come from the web: through the filter for addresses that people give us. */
export interface FetchesFiles {
  fetchToFile(
    url: string,
    limits: {
      organizationId: string;
      file: string;
      maxBytes: number;
      timeoutMs: number;
      count: (bytes: number) => Promise<void> | undefined;
    },
  ): Promise<{ result: 'fetched'; sizeBytes: number } | Refused>;
}

const fetchTimeoutMs = 60_000;
const progressIntervalMs = 250;

/** Where uploads come in, and where statuses get their files. */
export class MediaService {
  constructor(private readonly parts: MediaServiceParts) {}

  /** Prepares an uploaded file and puts it into the library. Throws in words what is wrong with it. */
  async upload<K>(
    principal: Principal,
    original: Original,
    wish: Wish & { sessionId?: string | undefined; uploadId?: string | undefined },
    signal: AbortSignal,
    keep: Keep<Upload, K> = keepNothing,
  ): Promise<Kept<Upload, K>> {
    const { sessionId } = wish;
    const session = sessionId === undefined ? undefined : await this.parts.sessions.get(principal, sessionId);
    let kept: (Upload & K) | undefined;
    await this.keep(ownerOf(principal, session), original, wish, signal, async (tx, records) => {
      const [first, ...others] = records;
      if (!first) return;
      const parts = others.length > 0 ? records.map(({ filename }) => filename) : [];
      kept = await keep(tx, publicUpload(first, parts));
    });
    if (!kept) throw new Error('The intake kept nothing.');
    return kept;
  }

  /** The same for an owner who was found before. */
  async keep(
    owner: Owner,
    original: Original,
    wish: Wish & { uploadId?: string | undefined },
    signal: AbortSignal,
    inSameTransaction?: InSameTransaction,
  ): Promise<UploadRecord> {
    const tell = this.progressTeller(wish, owner);
    try {
      const tellPercent = (percent: number) => tell('converting', percent);
      const [first] = await this.parts.intake.keep(original, wish, owner, signal, tellPercent, inSameTransaction);
      if (!first) throw new Error('The intake kept nothing.');
      tell('done', 100, first.filename);
      return first;
    } catch (error) {
      tell('failed', 100);
      // Nobody waits for the answer any more.
      throw signal.aborted ? new AppError('validation_error', 'The upload broke off.', { cause: error }) : error;
    }
  }

  /** Tells those who may see the file how far it is, a few times a second at most. */
  private progressTeller({ uploadId, kind }: Wish & { uploadId?: string | undefined }, owner: Owner) {
    const isToTell = nowAndThen(progressIntervalMs);
    const { organizationId, sessionId } = owner;
    return (state: 'converting' | 'done' | 'failed', percent: number, filename: string | null = null): void => {
      if (uploadId === undefined || !isToTell(state !== 'converting')) return;
      const payload = { uploadId, kind, state, percent, filename, sessionId };
      this.parts.bus.publish({ name: 'upload-progress', organizationId, sessionId, payload });
    };
  }

  /** The files that a status is to show, in their order. Throws in words when they do not fit or are not there. */
  async take(principal: Principal, session: Session, kind: UploadKind, content: string): Promise<UploadRecord[]> {
    if (isWebAddress(content)) return this.takeFromWeb(principal, session, kind, content);
    const record = await this.parts.uploads.getRecord(principal, content);
    const fits = record.kind === kind || (kind === 'image' && record.isAnimation);
    if (!fits || record.thumbnail === content) {
      throw validationError('content', `This file is ${inWords[record.kind]}. Send it with that type.`);
    }
    return this.parts.uploads.partsToPost(record);
  }

  private async takeFromWeb(
    principal: Principal,
    session: Session,
    kind: UploadKind,
    url: string,
  ): Promise<UploadRecord[]> {
    const { receptions, outbound, intake, maxBytes } = this.parts;
    const owner = ownerOf(principal, session);
    const reception = await receptions.begin(principal, kind, null, owner);
    try {
      const { folder, id: receptionId } = reception;
      const file = path.join(folder, 'original');
      const limits = {
        organizationId: owner.organizationId,
        file,
        maxBytes,
        timeoutMs: fetchTimeoutMs,
        count: (bytes: number) => reception.count(bytes),
      };
      const fetched = await onDisk(outbound.fetchToFile(url, limits));
      if (fetched.result === 'refused') throw failureOf(fetched, 'content');
      const name = path.posix.basename(new URL(url).pathname) || new URL(url).hostname;
      const original = { path: file, folder, receptionId, name, sizeBytes: fetched.sizeBytes };
      return await intake.keep(original, { kind }, owner, new AbortController().signal, () => undefined);
    } finally {
      await reception.end();
    }
  }

  load(filename: string): Promise<{ record: UploadRecord; path: string } | undefined> {
    return this.parts.uploads.load(filename);
  }
}

const inWords: Readonly<Record<UploadKind, string>> = {
  image: 'a picture (image)',
  video: 'a video (video)',
  audio: 'a voice note (audio)',
};
