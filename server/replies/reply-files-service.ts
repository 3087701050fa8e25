import type { Reply } from '../contract/inbox/replies.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError, notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { isDiskFull } from '../lib/disk-full.js';
import type { FileOutcome, GatewayConnection } from '../whatsapp/gateway.js';
import type { RepliesService } from './replies-service.js';
import type { RepliesStore } from './replies-store.js';
import { repliesUpdated } from './reply-events.js';
import { type ClaimedFile, type FileSettlement, pauseAfter, settlementOf, whyNever } from './reply-file.js';
import type { ReplyFolder } from './reply-folder.js';

export interface ReplyFilesServiceParts {
  store: RepliesStore;
  replies: Pick<RepliesService, 'get'>;
  folder: ReplyFolder;
  /** Whether this process still runs the session, asked in the transaction that writes for it. */
  isOurs: (tx: Tx, sessionId: string) => Promise<boolean>;
  /** After the commit of what makes a file due. */
  wake: (sessionId: string) => void;
  /** Of one file, and of all files of an organization together; Infinity where there is no limit. */
  limits: { maxBytes: number; organizationBytes: number };
  /** What may be written to the disk now. */
  freeBytes: () => Promise<number>;
  unitOfWork: UnitOfWork;
  clock: Clock;
}

/** After that WhatsApp has files no longer. */
const worthTryingForMs = 14 * 24 * 60 * 60_000;
/** Bounds one transaction. */
const givenUpAtOnce = 500;

/** The files of replies: fetched from WhatsApp, one attempt after the other, and what became of them. */
export class ReplyFilesService {
  constructor(private readonly parts: ReplyFilesServiceParts) {}

  /** Sessions with files whose time has come. */
  sessionsWithWork(): Promise<string[]> {
    return this.parts.store.sessionsWithDueFiles(this.now());
  }

  /** Begins an attempt with what has been due for longest. Undefined when nothing is, or the session is not ours. */
  claim(sessionId: string): Promise<ClaimedFile | undefined> {
    const { store, isOurs, unitOfWork } = this.parts;
    return unitOfWork.run(async (tx) =>
      (await isOurs(tx, sessionId)) ? store.claimFile(tx, sessionId, this.now(), pauseAfter) : undefined,
    );
  }

  /** One attempt, and what it means is written down. Rejects when that could not be done; the file is due again then. */
  async fetch(
    connection: Pick<GatewayConnection, 'fetchFile'>,
    claimed: ClaimedFile,
    signal: AbortSignal,
  ): Promise<FileSettlement> {
    const { folder } = this.parts;
    const path = folder.newWorkFile();
    try {
      const room = await this.roomFor(claimed.organizationId);
      const maxBytes = Math.min(room, this.parts.limits.maxBytes);
      const outcome =
        (claimed.source.sizeBytes ?? 1) > room
          ? 'no_room'
          : await fetched(connection, claimed, { path, maxBytes, signal });
      const settlement = settlementOf(outcome, claimed.tries, room < this.parts.limits.maxBytes);
      return await this.settle(claimed, settlement, path);
    } finally {
      await folder.discard(path);
    }
  }

  /**
   * Fetches a file that is missing anew, and at once. Throws `not_found` for a reply without a file, `conflict` where it can never be
   * fetched. One that is here, or on its way, is success.
   */
  async retry(sessionId: string, replyId: string): Promise<Reply> {
    return this.parts.unitOfWork.run(async (tx) => {
      const { file } = await this.parts.replies.get(sessionId, replyId, tx);
      if (file === null) throw notFound('The file of the reply');
      if (file.state !== 'kept') {
        const begun = await this.parts.store.retryFile(tx, sessionId, replyId, this.now());
        if (!begun) throw new AppError('conflict', whyNever[file.reason ?? 'unnamed']);
        tx.afterCommit(() => this.parts.wake(sessionId));
        tx.emit(repliesUpdated(begun, replyId));
      }
      return this.parts.replies.get(sessionId, replyId, tx);
    });
  }

  /** Gives up what nobody could fetch for so long, since its account was not connected. */
  async giveUpOld(): Promise<void> {
    const { store, unitOfWork } = this.parts;
    const before = this.now() - worthTryingForMs;
    for (let gone = givenUpAtOnce; gone === givenUpAtOnce;) {
      gone = await unitOfWork.run(async (tx) => {
        const late = await store.giveUpFiles(tx, before, givenUpAtOnce);
        for (const reply of late) tx.emit(repliesUpdated(reply, reply.id));
        return late.length;
      });
    }
  }

  /** How many bytes may be added now. */
  private async roomFor(organizationId: string): Promise<number> {
    const { store, freeBytes } = this.parts;
    const free = Math.max(0, await freeBytes());
    return Math.min(free, await this.leftOf(organizationId, (id) => store.keptFileBytes(id)));
  }

  private async leftOf(organizationId: string, keptBytes: (id: string) => Promise<number>): Promise<number> {
    const { organizationBytes } = this.parts.limits;
    return organizationBytes === Infinity ? Infinity : organizationBytes - (await keptBytes(organizationId));
  }

  /** What was settled in the end: of several files that came at once, there may be no room for the last. */
  private async settle(claimed: ClaimedFile, wanted: FileSettlement, path: string): Promise<FileSettlement> {
    const { store, folder, isOurs, unitOfWork } = this.parts;
    const { replyId, organizationId, sessionId, tries } = claimed;
    return unitOfWork.run(async (tx) => {
      if (!(await isOurs(tx, sessionId))) return wanted;
      const end = await this.withinRoom(tx, claimed, wanted);
      const isSettled = await store.settleFile(tx, claimed, {
        state: end.state === 'again' ? 'fetching' : end.state,
        reason: end.state === 'kept' ? null : end.reason,
        ...(end.state === 'kept' ? { bytes: end.bytes } : {}),
        ...(end.state === 'again' && end.isUncounted ? { tries: tries - 1 } : {}),
        dueAt: end.state === 'again' ? this.now() + (end.isUncounted ? 0 : pauseAfter(tries)) : null,
        isForgotten: end.state === 'kept' || (end.state === 'missing' && end.isFinal),
      });
      if (!isSettled) return end;
      // Whoever deletes the reply waits for this transaction, and then deletes the file too.
      if (end.state === 'kept') await folder.moveIn(path, replyId);
      const isNews = end.state !== 'again' || !end.isUncounted;
      if (isNews) tx.emit(repliesUpdated({ organizationId, sessionId }, replyId));
      return end;
    });
  }

  private async withinRoom(tx: Tx, claimed: ClaimedFile, wanted: FileSettlement): Promise<FileSettlement> {
    const { store, limits } = this.parts;
    if (wanted.state !== 'kept' || limits.organizationBytes === Infinity) return wanted;
    await store.lockOrganization(tx, claimed.organizationId);
    const left = await this.leftOf(claimed.organizationId, (id) => store.keptFileBytes(id, tx));
    return wanted.bytes <= left ? wanted : settlementOf('no_room', claimed.tries, true);
  }

  private now(): number {
    return this.parts.clock.now().getTime();
  }
}

async function fetched(
  connection: Pick<GatewayConnection, 'fetchFile'>,
  { source }: ClaimedFile,
  target: Parameters<GatewayConnection['fetchFile']>[1],
): Promise<FileOutcome | 'no_room'> {
  try {
    return await connection.fetchFile(source, target);
  } catch (error) {
    if (isDiskFull(error)) return 'no_room';
    if (!(error instanceof AppError) || error.code !== 'not_connected') throw error;
    return { result: 'not_fetched', because: 'unreachable', reason: error.message, connectionLost: true };
  }
}
