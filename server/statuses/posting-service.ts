import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import type { PeopleService } from '../people/people-service.js';
import type {
  PersonAddress,
  PublishOutcome,
  RecipientOutcome,
  RecipientResult,
  RetryRequest,
} from '../whatsapp/gateway.js';
import type { RecipientsStore } from './recipients-store.js';
import { deservesAnotherAttempt, settlementOf, visibleForMs } from './status-outcome.js';
import { statusProgress, statusSettled, statusesUpdated } from './status-events.js';
import type { StatusRecord } from './status.js';
import type { StatusChange, StatusesStore } from './statuses-store.js';

/** A status taken into work, and whom it is for. */
export interface Claim {
  status: StatusRecord;
  /** Of whom it is not known yet what became of them. */
  recipients: PersonAddress[];
  /** Others have it already. */
  resumed: boolean;
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
    if (!status) return undefined;
    const recipients = await this.recipients.listPending(status.id);
    const resumed = await this.unitOfWork.run((tx) => this.recipients.countIncluded(tx, status.id));
    return { status, recipients, resumed: resumed > 0 };
  }

  /** Records what became of some recipients as soon as WhatsApp has acknowledged it: the next attempt leaves them out. */
  async recordChunk(status: StatusRecord, chunk: { recipients: RecipientResult[]; at: Date }): Promise<void> {
    await this.unitOfWork.run((tx) => this.recordOutcomes(tx, status, chunk.recipients, chunk.at));
  }

  /** Whether a device that could not open a status may have it again; counted once per device and status. */
  async allowRetry(sessionId: string, { messageId, person, attempt }: RetryRequest): Promise<boolean> {
    return this.unitOfWork.run(async (tx) => {
      const [status] = await this.statuses.listByMessageIds(tx, sessionId, [messageId]);
      if (!status || !(await this.recipients.isFor(tx, status.id, person))) return false;
      if (attempt === 1) await this.statuses.addRetry(tx, status.id);
      return true;
    });
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
      const isProgress = outcome.result === 'partly_sent';
      if (isProgress && outcome.recipients.length > 0) {
        await this.recordChunk(status, { recipients: outcome.recipients, at: outcome.at });
      }
      await this.putBack(status, isProgress ? status.attempts - 1 : status.attempts);
      return 'put_back';
    }
    const outcomes = knownOutcomes(outcome);
    await this.unitOfWork.run(async (tx) => {
      const sentAt = outcome.result === 'acknowledged' || outcome.result === 'partly_sent' ? outcome.at : null;
      if (!(await this.recordOutcomes(tx, status, outcomes, sentAt))) return;
      const included = await this.recipients.countIncluded(tx, status.id);
      const change = { ...this.changeFor(status, outcome, included), included };
      const settled = await this.statuses.change(tx, status.id, ['sending'], change);
      if (!settled) return;
      tx.emit(statusSettled(settled));
      tx.emit(statusesUpdated(settled));
    });
    return 'settled';
  }

  /** False when the session is gone. */
  private async recordOutcomes(
    tx: Tx,
    status: StatusRecord,
    outcomes: readonly RecipientResult[],
    sentAt: Date | null,
  ): Promise<boolean> {
    try {
      const ids = await this.people.resolve(
        tx,
        status.sessionId,
        outcomes.map((recipient) => recipient.person),
      );
      await this.recipients.recordOutcomes(tx, status, outcomeById(ids, outcomes), sentAt?.getTime() ?? null);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'not_found') return false;
      throw error;
    }
  }

  private async putBack(status: StatusRecord, attempts: number): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const change = { state: 'queued', updatedAt: this.clock.now().getTime(), attempts } as const;
      const released = await this.statuses.change(tx, status.id, ['sending'], change);
      if (released) tx.emit(statusProgress(released, 0, released.counts.targeted));
    });
  }

  private changeFor(status: StatusRecord, outcome: PublishOutcome, included: number): StatusChange {
    const updatedAt = this.clock.now().getTime();
    const settlement = settlementOf(outcome, status.counts.targeted, included);
    if (settlement.state === 'failed') return { state: 'failed', updatedAt, error: settlement.failure };
    const sentAt = settlement.at.getTime();
    return { state: 'sent', updatedAt, error: settlement.failure, sentAt, expiresAt: sentAt + visibleForMs };
  }
}

/** When WhatsApp refused the post or nothing left, those who would have been included got nothing: nothing is known of them. */
function knownOutcomes(outcome: PublishOutcome): RecipientResult[] {
  const mayHaveArrived = ['acknowledged', 'partly_sent', 'unconfirmed'].includes(outcome.result);
  return mayHaveArrived
    ? outcome.recipients
    : outcome.recipients.filter((recipient) => recipient.outcome !== 'included');
}

function outcomeById(ids: readonly string[], outcomes: readonly RecipientResult[]): Map<string, RecipientOutcome> {
  const byId = new Map<string, RecipientOutcome>();
  for (const [index, { outcome }] of outcomes.entries()) {
    const id = ids[index];
    if (id !== undefined && byId.get(id) !== 'included') byId.set(id, outcome);
  }
  return byId;
}
