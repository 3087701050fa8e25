import type { Principal } from '../access/principal.js';
import type { UploadLimitsConfig } from '../config/upload-settings.js';
import { tooLargeInWords } from '../contract/values/file-size.js';
import type { UploadKind } from '../contract/media.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { newId } from '../lib/ids.js';
import type { Logger } from '../lib/logger.js';
import type { IncomingUpload, UploadMetadata, Usage } from './incoming-upload.js';
import type { IncomingUploadsStore } from './incoming-uploads-store.js';
import type { Owner } from './upload.js';
import {
  diskIsLow,
  organizationHasTooManyFiles,
  organizationIsFull,
  tooManyUnfinished,
  tooMuchUnfinished,
} from './upload-refusals.js';
import type { UploadsStore } from './uploads-store.js';

export interface UploadRoomParts {
  incoming: IncomingUploadsStore;
  uploads: UploadsStore;
  unitOfWork: UnitOfWork;
  clock: Clock;
  /** The name of this process. */
  node: string;
  maxBytes: number;
  limits: UploadLimitsConfig;
  /** What may still be written where the files go. */
  freeBytes: () => Promise<number>;
  logger: Logger;
}

/** A file that somebody wants to send. */
export interface AskedRoom {
  principal: Pick<Principal, 'id'>;
  owner: Owner;
  kind: UploadKind;
  /** What the sender says it has; null when nobody knows. */
  announcedBytes: number | null;
}

/** A file that may come in several requests, also to processes that know nothing of the first one. */
export interface AskedResumable extends AskedRoom {
  announcedBytes: number;
  /** What the sender said of it. */
  details: UploadMetadata;
  expiresAt: number;
}

/** What became of a file: how many files, all that they have together, and under which name they are asked for. */
export interface Made extends Usage {
  filename: string;
}

interface Place {
  organizationId: string;
  principalId: string;
}

/** Longer than the largest file may take to come over a slow line, and the longest film to be prepared. */
const longestMs = 4 * 60 * 60_000;
/** What is reserved at a time for a file of unknown size. */
const stepBytes = 8 * 1024 * 1024;
/** How much may come between two looks at the disk. */
const lookEveryBytes = 16 * 1024 * 1024;

/**
 * Room for what comes in: so much per caller on its way, so much per organization in the library, and a rest of the disk that
 * stays free. It is reserved in the database before it is received, so that many uploads at once, also to several
 * processes, cannot pass a limit together that none of them passes alone.
 */
export class UploadRoom {
  /** What came since it was last written down, by upload. */
  private readonly arriving = new Map<string, { receivedBytes: number }>();
  /** What could not be given back when its time was. */
  private readonly owed = new Set<string>();

  constructor(private readonly parts: UploadRoomParts) {}

  /**
   * Reserves room before anything is received. Throws `payload_too_large` for a file that is too large or for which the
   * organization has no room, `unavailable` when the caller has too much under way or the disk is low.
   */
  async reserve(asked: AskedRoom): Promise<Reservation> {
    const { clock } = this.parts;
    const isResumable = false;
    const expiresAt = clock.now().getTime() + longestMs;
    const { id, bytes, place } = await this.admit(asked, { isResumable, details: null, expiresAt });
    const arriving = { receivedBytes: 0 };
    this.arriving.set(id, arriving);
    return new Reservation(id, bytes, arriving, {
      extend: (reserved, needs) => this.extend(id, place, reserved, needs),
      look: () => this.refuseLowDisk(0, clock.now().getTime()),
      end: () => this.release(id),
    });
  }

  /** The same for a file that may come in several requests; answers its id. Its room is there until it expires. */
  async reserveResumable(asked: AskedResumable): Promise<string> {
    const { details, expiresAt } = asked;
    const { id } = await this.admit(asked, { isResumable: true, details, expiresAt });
    return id;
  }

  private async admit(
    { announcedBytes, owner, principal, kind }: AskedRoom,
    facts: Pick<IncomingUpload, 'isResumable' | 'details' | 'expiresAt'>,
  ): Promise<{ id: string; bytes: number; place: Place }> {
    const { maxBytes, node, clock } = this.parts;
    const needed = announcedBytes ?? 1;
    if (needed > maxBytes) throw tooLarge(announcedBytes, maxBytes);
    const id = newId();
    const now = clock.now().getTime();
    const place = { organizationId: owner.organizationId, principalId: principal.id };
    await this.refuseLowDisk(needed, now);
    const bytes = await this.parts.unitOfWork.run(async (tx) => {
      const granted = await this.grant(tx, place, needed, announcedBytes === null ? stepBytes : needed, now);
      await this.parts.incoming.insert(tx, {
        ...owner,
        ...place,
        ...facts,
        id,
        node,
        kind,
        state: 'receiving',
        bytes: granted,
        receivedBytes: 0,
        attempts: 0,
        filename: null,
        error: null,
        createdAt: now,
      });
      return granted;
    });
    return { id, bytes, place };
  }

  /**
   * Turns what was reserved into finished files, in the transaction that keeps them. Throws `payload_too_large` when they
   * became larger, or more, than what is left beside what others have and have reserved.
   */
  async settle(tx: Tx, organizationId: string, made: Made, reservationId: string): Promise<void> {
    const { incoming, clock } = this.parts;
    await incoming.lockOrganization(tx, organizationId);
    const others = { except: reservationId };
    const left = await this.leftIn(tx, organizationId, others, clock.now().getTime());
    this.requireRoom(made, left);
    const isResumable = (await incoming.find(reservationId, tx))?.isResumable === true;
    if (isResumable) await incoming.finish(tx, reservationId, { filename: made.filename });
    else await incoming.delete(tx, reservationId);
  }

  /** How much more fits into an organization beside what it has and what is on its way. Infinity without a limit. */
  async leftIn(tx: Tx | undefined, organizationId: string, which: { except?: string }, now: number): Promise<Usage> {
    const { uploads, incoming, limits } = this.parts;
    const stored = await uploads.usageOf(organizationId, tx);
    const coming = await incoming.unfinishedOf(organizationId, which, now, tx);
    return {
      count: limits.organizationFiles - stored.count - coming.count,
      bytes: limits.organizationBytes - stored.bytes - coming.bytes,
    };
  }

  /** Forgets what this process left when it last ended. */
  async open(): Promise<void> {
    await this.parts.unitOfWork.run((tx) => this.parts.incoming.deleteOfNode(tx, this.parts.node));
  }

  /** Gives back room that nobody will use any more. */
  async prune(): Promise<void> {
    const now = this.parts.clock.now().getTime();
    await this.parts.unitOfWork.run(async (tx) => {
      await this.parts.incoming.redate(tx, now);
      await this.parts.incoming.deleteExpired(tx, now);
    });
    for (const id of this.owed) await this.release(id);
  }

  private async grant(
    tx: Tx,
    { organizationId, principalId }: Place,
    needed: number,
    wanted: number,
    now: number,
    isNew = true,
  ): Promise<number> {
    const { incoming, limits } = this.parts;
    await incoming.lockOrganization(tx, organizationId);
    const own = await incoming.unfinishedOf(organizationId, { principalId }, now, tx);
    if (isNew && own.count >= limits.unfinishedCount) throw tooManyUnfinished(limits.unfinishedCount);
    const ownLeft = limits.unfinishedBytes - own.bytes;
    if (needed > ownLeft) throw tooMuchUnfinished(needed, own.bytes, limits.unfinishedBytes);
    const left = await this.leftIn(tx, organizationId, {}, now);
    this.requireRoom({ count: isNew ? 1 : 0, bytes: needed }, left);
    return Math.min(wanted, ownLeft, left.bytes);
  }

  private requireRoom(needed: Usage, left: Usage): void {
    const { organizationBytes, organizationFiles } = this.parts.limits;
    if (needed.bytes > left.bytes) throw organizationIsFull(needed.bytes, left.bytes, organizationBytes);
    if (needed.count > 0 && needed.count > left.count) throw organizationHasTooManyFiles(organizationFiles);
  }

  /** Reserves more for a file of unknown size; answers how much it has then. */
  private extend(id: string, place: Place, reserved: number, needed: number): Promise<number> {
    const { maxBytes, clock, incoming, unitOfWork } = this.parts;
    if (needed > maxBytes) throw tooLarge(null, maxBytes);
    return unitOfWork.run(async (tx) => {
      const more = needed - reserved;
      const granted = await this.grant(tx, place, more, Math.max(more, stepBytes), clock.now().getTime(), false);
      await incoming.reserve(tx, id, reserved + granted);
      return reserved + granted;
    });
  }

  private async refuseLowDisk(needed: number, now: number): Promise<void> {
    const { keepDiskFreeBytes } = this.parts.limits;
    if (keepDiskFreeBytes === 0) return;
    const free = await this.parts.freeBytes();
    if (free === Infinity) return;
    let promised = 0;
    if (needed > 0) {
      promised = await this.parts.incoming.outstandingBytes(now);
      for (const { receivedBytes } of this.arriving.values()) promised -= receivedBytes;
    }
    if (free - Math.max(0, promised) - needed < keepDiskFreeBytes) throw diskIsLow(keepDiskFreeBytes);
  }

  /** Never rejects: what became of the file counts more. Room that stays taken is given back later, or by the next start. */
  private async release(id: string): Promise<void> {
    this.arriving.delete(id);
    try {
      await this.parts.unitOfWork.run((tx) => this.parts.incoming.delete(tx, id));
      this.owed.delete(id);
    } catch (error) {
      this.owed.add(id);
      this.parts.logger.warn({ err: error, id }, 'the room of an upload could not be given back yet');
    }
  }
}

/** Room for one file. Whoever asked for it counts what comes, before it is written, and ends it in any case. */
export class Reservation {
  private lookedAt = 0;

  constructor(
    readonly id: string,
    private reservedBytes: number,
    private readonly arriving: { receivedBytes: number },
    private readonly room: {
      extend: (reserved: number, needed: number) => Promise<number>;
      look: () => Promise<void>;
      end: () => Promise<void>;
    },
  ) {}

  /** A promise when the bytes may only be written once it resolves; it rejects in words when there is no room for them. */
  count(bytes: number): Promise<void> | undefined {
    this.arriving.receivedBytes += bytes;
    const { receivedBytes } = this.arriving;
    const isEnough = receivedBytes <= this.reservedBytes;
    const isLookDue = receivedBytes - this.lookedAt >= lookEveryBytes;
    return isEnough && !isLookDue ? undefined : this.makeSure(receivedBytes, isEnough, isLookDue);
  }

  end(): Promise<void> {
    return this.room.end();
  }

  private async makeSure(receivedBytes: number, isEnough: boolean, isLookDue: boolean): Promise<void> {
    if (!isEnough) this.reservedBytes = await this.room.extend(this.reservedBytes, receivedBytes);
    if (isLookDue) {
      await this.room.look();
      this.lookedAt = receivedBytes;
    }
  }
}

function tooLarge(bytes: number | null, maxBytes: number): AppError {
  return new AppError('payload_too_large', tooLargeInWords('The file', bytes, maxBytes), { details: { maxBytes } });
}
