import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import type { PeopleService } from '../people/people-service.js';
import type { PersonAddress, PublishOutcome, RecipientOutcome } from '../whatsapp/gateway.js';
import type { RecipientsStore } from './recipients-store.js';
import { deservesAnotherAttempt, settlementOf, visibleForMs } from './status-outcome.js';
import { statusProgress, statusSettled, statusesUpdated } from './status-events.js';
import type { StatusRecord } from './status.js';
import type { StatusChange, StatusesStore } from './statuses-store.js';

/** A status taken into work, and whom it is for. */
export interface Claim {
  status: StatusRecord;
  recipients: PersonAddress[];
}

/** The steps between the queue and WhatsApp: what is taken into work, and how it ended. */
export class PostingService {
  constructor(
    private readonly statuses: StatusesStore,
    private readonly recipients: RecipientsStore,
    private readonly people: PeopleService,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    /** Whether this process has the session, for as long as the transaction lasts. */
    private readonly isOurs: (tx: Tx, sessionId: string) => Promise<boolean> = () => Promise.resolve(true),
  ) {}

  /** Sessions with something in the queue, or in work when the process that did it ended. */
  sessionsWithWork(): Promise<string[]> {
    return this.statuses.sessionsWithWork();
  }

  /** Takes the session's next status into work, what an ended process left unfinished first. Undefined: nothing to do. */
  async claimNext(sessionId: string): Promise<Claim | undefined> {
    const status = await this.unitOfWork.run(async (tx) => {
      if (!(await this.isOurs(tx, sessionId))) return undefined;
      const claimed = await this.statuses.claimNext(tx, sessionId, this.clock.now().getTime());
      if (claimed) tx.emit(statusProgress(claimed, 0, claimed.counts.targeted));
      return claimed;
    });
    return status && { status, recipients: await this.recipients.listAddresses(status.id) };
  }

  /** Puts a status back because the account is not connected. Nothing has left, so it does not count as an attempt. */
  release(status: StatusRecord): Promise<void> {
    return this.putBack(status, status.attempts - 1);
  }

  /**
   * Records how an attempt ended, for the status and for each recipient. `put_back`: it ended without an answer, and the
   * status waits for another attempt.
   */
  async settle(status: StatusRecord, outcome: PublishOutcome): Promise<'settled' | 'put_back'> {
    if (deservesAnotherAttempt(outcome, status.attempts, status.counts.targeted)) {
      await this.putBack(status, status.attempts);
      return 'put_back';
    }
    const outcomes = knownOutcomes(outcome);
    await this.unitOfWork.run(async (tx) => {
      try {
        const ids = await this.people.resolve(
          tx,
          status.sessionId,
          outcomes.map((recipient) => recipient.person),
        );
        await this.recipients.recordOutcomes(tx, status, outcomeById(ids, outcomes));
      } catch (error) {
        if (error instanceof AppError && error.code === 'not_found') return;
        throw error;
      }
      const included = await this.recipients.countIncluded(tx, status.id);
      const change = { ...this.changeFor(status, outcome), included };
      const settled = await this.statuses.change(tx, status.id, ['sending'], change);
      if (!settled) return;
      tx.emit(statusSettled(settled));
      tx.emit(statusesUpdated(settled));
    });
    return 'settled';
  }

  private async putBack(status: StatusRecord, attempts: number): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const change = { state: 'queued', updatedAt: this.clock.now().getTime(), attempts } as const;
      const released = await this.statuses.change(tx, status.id, ['sending'], change);
      if (released) tx.emit(statusProgress(released, 0, released.counts.targeted));
    });
  }

  private changeFor(status: StatusRecord, outcome: PublishOutcome): StatusChange {
    const updatedAt = this.clock.now().getTime();
    const settlement = settlementOf(outcome, status.counts.targeted);
    if (settlement.state === 'failed') return { state: 'failed', updatedAt, error: settlement.failure };
    const sentAt = settlement.at.getTime();
    return { state: 'sent', updatedAt, error: null, sentAt, expiresAt: sentAt + visibleForMs };
  }
}

type Outcomes = PublishOutcome['recipients'];

/** When WhatsApp refused the post or nothing left, those who would have been included got nothing: nothing is known of them. */
function knownOutcomes(outcome: PublishOutcome): Outcomes {
  const mayHaveArrived = outcome.result === 'acknowledged' || outcome.result === 'unconfirmed';
  return mayHaveArrived
    ? outcome.recipients
    : outcome.recipients.filter((recipient) => recipient.outcome !== 'included');
}

function outcomeById(ids: readonly string[], outcomes: Outcomes): Map<string, RecipientOutcome> {
  const byId = new Map<string, RecipientOutcome>();
  for (const [index, { outcome }] of outcomes.entries()) {
    const id = ids[index];
    if (id !== undefined && byId.get(id) !== 'included') byId.set(id, outcome);
  }
  return byId;
}
