import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import type { PeopleService } from '../people/people-service.js';
import type { PersonAddress, PublishFailure, PublishOutcome, RecipientResult } from '../whatsapp/gateway.js';
import type { RecipientsStore } from '../statuses/recipients-store.js';
import {
  statusDeleted,
  statusDeletionProgress,
  statusProgress,
  statusSettled,
  statusesUpdated,
} from '../statuses/status-events.js';
import {
  maxAttempts,
  mayBeOnPhones,
  partlySent,
  rejectionInWords,
  type StatusFailure,
  visibleForMs,
} from '../statuses/status-outcome.js';
import type { StatusRecord } from '../statuses/status.js';
import type { StatusChange } from '../statuses/status-row.js';
import type { StatusesStore } from '../statuses/statuses-store.js';

/** A status that has to be taken back, and from whom. */
export interface DeletionClaim {
  status: StatusRecord;
  /** Of the message that takes it back. */
  revokeId: string;
  recipients: PersonAddress[];
  /** It was taken back from others already, the own devices among them. */
  resumed: boolean;
}

export interface DeletionParts {
  statuses: StatusesStore;
  recipients: RecipientsStore;
  people: PeopleService;
  unitOfWork: UnitOfWork;
  clock: Clock;
  /** Recipients per stanza: so many may have it without our knowing when an attempt to post was cut short. */
  chunkSize: number;
  /** Whether this process has the session, for as long as the transaction lasts. */
  isOurs?: (tx: Tx, sessionId: string) => Promise<boolean>;
}

const known = ['scheduled', 'queued', 'sending', 'sent', 'failed'] as const;

/** The steps between the wish to delete a status and WhatsApp: what is taken back next, and how it ended. */
export class DeletionsService {
  constructor(private readonly parts: DeletionParts) {}

  /** The session's next status to take back; where none of it can have arrived, that is told at once. Undefined: nothing to do. */
  async claimNext(sessionId: string): Promise<DeletionClaim | undefined> {
    const { statuses, recipients, unitOfWork, isOurs, chunkSize } = this.parts;
    for (;;) {
      const claimed = await unitOfWork.run(async (tx) => {
        if (isOurs && !(await isOurs(tx, sessionId))) return undefined;
        const status = await statuses.claimDeletion(tx, sessionId);
        if (!status) return undefined;
        const { included, leftOut } = await recipients.count(tx, status.id);
        if (mayBeOnPhones(status, included)) {
          // Of one that was cut short nobody has counted yet who got it.
          const change = { updatedAt: this.parts.clock.now().getTime(), included, leftOut };
          return { status: (await statuses.change(tx, status.id, known, change)) ?? status, mayBeOnPhones: true };
        }
        await this.change(tx, status, { state: 'canceled', deleteRequestedAt: null });
        return { status, mayBeOnPhones: false };
      });
      if (!claimed) return undefined;
      if (!claimed.mayBeOnPhones) continue;
      const { status } = claimed;
      const toRevoke = await recipients.listToRevoke(status.id);
      const wasCutShort = status.state === 'sending' || status.state === 'queued';
      const unknown = wasCutShort ? await recipients.listPending(status.id, chunkSize) : [];
      const resumed = await recipients.isPartlyRevoked(status.id);
      return { status, revokeId: status.revokeId ?? status.id, recipients: [...toRevoke, ...unknown], resumed };
    }
  }

  /** Records from whom it was taken back, and tells how far it is: another attempt leaves them out. */
  async recordChunk(status: StatusRecord, chunk: { recipients: readonly RecipientResult[]; at: Date }): Promise<void> {
    const { people, recipients, statuses, unitOfWork } = this.parts;
    const asked = chunk.recipients.map(({ person }) => person);
    try {
      await unitOfWork.run(async (tx) => {
        const ids = await people.resolve(tx, status.sessionId, asked);
        const added = await recipients.recordRevoked(tx, status.id, ids, chunk.at.getTime());
        const now = await statuses.addTakenBack(tx, status.id, added);
        if (now) tx.emit(statusDeletionProgress(now));
      });
    } catch (error) {
      // The session was deleted meanwhile, and everything of it.
      if (!(error instanceof AppError && error.code === 'not_found')) throw error;
    }
  }

  /**
   * Records how an attempt ended. `put_back`: without an answer, and there will be another one. Where another attempt is under
   * way by now, as another process that took the account over makes it, nothing is recorded, and that one tells the end.
   */
  async settle(status: StatusRecord, outcome: PublishOutcome): Promise<'settled' | 'put_back'> {
    const failure = failureOf(outcome);
    if (failure && deservesAnother(failure, status.revokeAttempts)) {
      if (failure.result !== 'rejected' && failure.connectionLost) await this.release(status);
      return 'put_back';
    }
    await this.parts.unitOfWork.run(async (tx) => {
      if (failure) await this.giveUp(tx, status, failure);
      else await this.change(tx, status, { state: 'deleted', deleteRequestedAt: null, deletionError: null });
    });
    return 'settled';
  }

  /** What became of its attempts could not be recorded, again and again: it stays on the phones, and says why. */
  async abandon(status: StatusRecord, deletionError: StatusFailure): Promise<void> {
    await this.parts.unitOfWork.run(async (tx) => {
      const change = { updatedAt: this.parts.clock.now().getTime(), deleteRequestedAt: null, deletionError };
      const changed = await this.changeInWork(tx, status, change);
      if (changed) tx.emit(statusesUpdated(changed));
    });
  }

  /** The connection went away, which says nothing about WhatsApp's answer: the attempt does not count. */
  async release(status: StatusRecord): Promise<void> {
    const revokeAttempts = status.revokeAttempts - 1;
    await this.parts.unitOfWork.run((tx) => {
      const change = { updatedAt: this.parts.clock.now().getTime(), revokeAttempts };
      return this.changeInWork(tx, status, change);
    });
  }

  /** Changes a status as long as this attempt to take it back is the last one. */
  private changeInWork(tx: Tx, status: StatusRecord, change: StatusChange): Promise<StatusRecord | undefined> {
    return this.parts.statuses.change(tx, status.id, known, change, { revoking: status });
  }

  /** It stays what it is on the phones, and says why; what was cut short does not go on. */
  private async giveUp(tx: Tx, status: StatusRecord, failure: PublishFailure): Promise<void> {
    const { included, firstSentAt } = await this.parts.recipients.count(tx, status.id);
    const change: Omit<StatusChange, 'updatedAt'> = {
      deleteRequestedAt: null,
      deletionError: { code: codeOf(failure), message: inWords(failure) },
    };
    if (status.state === 'sending' || status.state === 'queued') {
      const sentAt = firstSentAt ?? this.parts.clock.now().getTime();
      const error = partlySent(included, status.counts.targeted, 'It was stopped to be deleted.');
      Object.assign(change, { state: 'sent', sentAt, expiresAt: sentAt + visibleForMs, included, error });
    }
    await this.change(tx, status, change);
  }

  private async change(tx: Tx, status: StatusRecord, change: Omit<StatusChange, 'updatedAt'>): Promise<void> {
    const { included, leftOut } = await this.parts.recipients.count(tx, status.id);
    const updatedAt = this.parts.clock.now().getTime();
    const changed = await this.changeInWork(tx, status, { ...change, updatedAt, included, leftOut });
    if (!changed) return;
    if (changed.state === 'deleted') tx.emit(statusDeleted(changed));
    else if (changed.state === 'canceled') tx.emit(statusProgress(changed, 0, changed.counts.targeted));
    else if (changed.state !== status.state) tx.emit(statusSettled(changed));
    tx.emit(statusesUpdated(changed));
  }
}

function failureOf(outcome: PublishOutcome): PublishFailure | undefined {
  if (outcome.result === 'acknowledged') return undefined;
  if (outcome.result === 'partly_sent') return outcome.rest;
  // Nobody of those who got it can be reached any more: there is nobody left to take it back from.
  const isForNobody = outcome.recipients.length > 0 && outcome.recipients.every((one) => one.outcome !== 'included');
  return outcome.result === 'not_sent' && isForNobody ? undefined : outcome;
}

function deservesAnother(failure: PublishFailure, attempts: number): boolean {
  if (failure.result === 'rejected') return false;
  return failure.connectionLost || attempts < maxAttempts;
}

function codeOf(failure: PublishFailure): string {
  return failure.result === 'rejected' ? failure.code : failure.result;
}

function inWords(failure: PublishFailure): string {
  if (failure.result === 'rejected') return rejectionInWords(failure.code);
  return 'WhatsApp did not confirm in time that the status is deleted for everybody. Delete it again.';
}
