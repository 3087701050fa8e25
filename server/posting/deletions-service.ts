import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import type { PersonAddress, PublishFailure, PublishOutcome, RecipientResult } from '../whatsapp/gateway.js';
import type { RecipientOutcomes } from '../statuses/recipient-outcomes.js';
import { maxAttempts, partlySent, rejectionInWords, type StatusFailure } from '../statuses/status-outcome.js';
import type { StatusRecord } from '../statuses/status.js';
import type { StatusSteps } from '../statuses/status-steps.js';

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
  steps: StatusSteps;
  outcomes: RecipientOutcomes;
  unitOfWork: UnitOfWork;
  clock: Clock;
  /** Recipients per stanza: so many may have it without our knowing when an attempt to post was cut short. */
  chunkSize: number;
  /** Whether this process has the session, for as long as the transaction lasts. */
  isOurs: (tx: Tx, sessionId: string) => Promise<boolean>;
}

/** The steps between the wish to delete a status and WhatsApp: what is taken back next, and how it ended. */
export class DeletionsService {
  constructor(private readonly parts: DeletionParts) {}

  /** The session's next status to take back; where none of it can have arrived, that is told at once. Undefined: nothing to do. */
  async claimNext(sessionId: string): Promise<DeletionClaim | undefined> {
    const { steps, outcomes, unitOfWork, isOurs, chunkSize } = this.parts;
    for (;;) {
      const claimed = await unitOfWork.run(async (tx) =>
        (await isOurs(tx, sessionId)) ? steps.claimDeletion(tx, sessionId) : undefined,
      );
      if (!claimed) return undefined;
      if (!claimed.isOnPhones) continue;
      const { status } = claimed;
      const { recipients, resumed } = await outcomes.listToTakeBack(status, chunkSize);
      return { status, revokeId: status.revokeId ?? status.id, recipients, resumed };
    }
  }

  /** Records from whom it was taken back, and tells how far it is: another attempt leaves them out. */
  async recordChunk(status: StatusRecord, chunk: { recipients: readonly RecipientResult[]; at: Date }): Promise<void> {
    const { outcomes, steps, unitOfWork } = this.parts;
    const asked = chunk.recipients.map(({ person }) => person);
    try {
      await unitOfWork.run(async (tx) => {
        await steps.addTakenBack(tx, status, await outcomes.recordTakenBack(tx, status, asked, chunk.at));
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
      if (failure) await this.giveUp(tx, status, { code: codeOf(failure), message: inWords(failure) });
      else await this.parts.steps.take(tx, status, { step: 'deleted' });
    });
    return 'settled';
  }

  /** What became of its attempts could not be recorded, again and again: it stays on the phones, and says why. */
  async abandon(status: StatusRecord, error: StatusFailure): Promise<void> {
    await this.parts.unitOfWork.run((tx) => this.giveUp(tx, status, error));
  }

  /** The connection went away, which says nothing about WhatsApp's answer: the attempt does not count. */
  async release(status: StatusRecord): Promise<void> {
    await this.parts.unitOfWork.run((tx) => this.parts.steps.take(tx, status, { step: 'put_back_deletion' }));
  }

  /** It stays what it is on the phones, and says why; what was cut short does not go on. */
  private async giveUp(tx: Tx, status: StatusRecord, error: StatusFailure): Promise<void> {
    const { outcomes, steps, clock } = this.parts;
    if (status.state !== 'sending' && status.state !== 'queued') {
      await steps.take(tx, status, { step: 'deletion_failed', error });
      return;
    }
    const counts = await outcomes.count(tx, status.id);
    const at = counts.firstSentAt ?? clock.now().getTime();
    const partly = partlySent(counts.included, status.counts.targeted, 'It was stopped to be deleted.');
    await steps.take(tx, status, { step: 'stopped', error, at, partly }, counts);
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
