import type { EventPayload } from '../contract/events.js';
import type { EventBus } from '../events/event-bus.js';
import { AppError } from '../lib/app-error.js';
import { inTheNameOf } from '../lib/caller-scope.js';
import { GrowingPauses } from '../lib/running/growing-pauses.js';
import { KeyedTurns } from '../lib/running/keyed-turns.js';
import type { Logger } from '../lib/logger.js';
import { nowAndThen } from '../lib/running/now-and-then.js';
import { failureInWords, isPassing } from '../lib/running/verdict.js';
import type { GatewayConnection, PublishOutcome, PublishWait } from '../whatsapp/gateway.js';
import type { PaceService } from '../pace/pace-service.js';
import type { DeletionClaim, DeletionsService } from './deletions-service.js';
import { type Claim, PostingStopped, type PostingService } from './posting-service.js';
import type { StatusContents } from '../statuses/status-contents.js';
import { statusProgress } from '../statuses/status-events.js';
import type { StatusRecord } from '../statuses/status.js';

export interface StatusQueueOptions {
  posting: PostingService;
  contents: Pick<StatusContents, 'load'>;
  deletions: DeletionsService;
  pace: Pick<PaceService, 'waitBeforeNext' | 'tellNotConnected' | 'learn' | 'learnBan'>;
  /** The session's connection while it is connected. */
  connectionOf: (sessionId: string) => GatewayConnection | undefined;
  bus: EventBus;
  logger: Logger;
  /** When a session's turn is tried again after something went wrong. Default 5 s. */
  retryAfterMs?: number;
  /** A wait is looked at anew this often, because clocks can be set. Default 1 min. */
  longestWaitMs?: number;
}

interface InWork {
  status: StatusRecord;
  isDeletion: boolean;
}

/** The account went away before anything left, or somebody wants to delete what is leaving. */
type Interruption = 'not_connected' | 'stopped';

/** WhatsApp's close code. */
const temporaryBan = 402;
/** Progress of one status is told this often at most. */
const progressIntervalMs = 250;
/** What stumbles for a reason that nobody thought of is tried so often, for about half an hour. */
const maxUnexpected = 10;
const longestPauseMs = 5 * 60_000;
/** How long `stop` waits for posts that are on their way; what is left is taken up again at the next start. */
const stopGraceMs = 3_000;

/**
 * Works the queue of every session that this process owns, one status at a time per session, while the account is
 * connected. The queue itself is in the database: a process that ends in the middle loses nothing, and the next attempt
 * carries the same message id.
 */
export class StatusQueue {
  private readonly turns = new KeyedTurns((sessionId) => this.takeTurn(sessionId));
  private readonly retries = new Map<string, NodeJS.Timeout>();
  /** What each session has taken into work. */
  private readonly inWork = new Map<string, InWork>();
  private readonly pauses: GrowingPauses;
  private unsubscribe: (() => void) | undefined;
  private isRunning = false;

  constructor(private readonly options: StatusQueueOptions) {
    const firstMs = options.retryAfterMs ?? 5_000;
    this.pauses = new GrowingPauses({ firstMs, longestMs: Math.max(firstMs, longestPauseMs) });
  }

  /** Takes up what an earlier process left, and from then on whatever is accepted or gets its connection back. */
  async start(): Promise<void> {
    this.isRunning = true;
    this.unsubscribe = this.options.bus.subscribe((event) => {
      if (event.name !== 'connection-status') return;
      if (event.payload.connected) this.wake(event.sessionId);
      else this.learnBan(event.payload);
    });
    await this.takeUp();
  }

  /** Gives a turn to the sessions with something in the queue, also where another process accepted it. */
  async takeUp(): Promise<void> {
    for (const sessionId of await this.options.posting.sessionsWithWork()) {
      if (!this.turns.has(sessionId) && !this.retries.has(sessionId)) this.wake(sessionId);
    }
  }

  /** Gives the session its turn; harmless when there is nothing to do or it is not connected. */
  wake(sessionId: string): void {
    if (!this.isRunning) return;
    this.turns.ask(sessionId);
  }

  /** Resolves when every post that can go out now is settled. */
  drain(): Promise<void> {
    return this.turns.drain();
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    this.unsubscribe?.();
    for (const sessionId of [...this.retries.keys()]) this.clearRetry(sessionId);
    await this.turns.drainWithin(stopGraceMs);
  }

  private async takeTurn(sessionId: string): Promise<void> {
    this.clearRetry(sessionId);
    try {
      for (let goOn = this.isRunning; goOn; goOn &&= this.isRunning) {
        goOn = await this.postNext(sessionId);
        this.wentWell(sessionId);
      }
    } catch (error) {
      this.retryLater(sessionId, await this.afterStumble(sessionId, error));
    }
  }

  private wentWell(sessionId: string): void {
    this.pauses.delete(this.inWork.get(sessionId)?.status.id ?? sessionId);
    this.inWork.delete(sessionId);
  }

  /** Gives up on what stumbled too often, so that it does not keep what comes after it. Resolves with the pause. */
  private async afterStumble(sessionId: string, error: unknown): Promise<number> {
    const work = this.inWork.get(sessionId);
    this.inWork.delete(sessionId);
    const key = work?.status.id ?? sessionId;
    const { tries, pauseMs, isNews } = this.pauses.add(key, error);
    const { logger, posting, deletions } = this.options;
    const facts = { sessionId, statusId: work?.status.id };
    if (isNews) logger.error({ err: error, ...facts }, 'the status queue stumbled and will try again');
    if (!work || tries < maxUnexpected || isPassing(error)) return pauseMs;
    const { code, message } = failureInWords(error);
    const failure = { code, message: `${message} It was tried ${String(tries)} times.` };
    try {
      await (work.isDeletion ? deletions.abandon(work.status, failure) : posting.abandon(work.status, failure));
      this.pauses.delete(key);
      return 0;
    } catch (again) {
      logger.error({ err: again, ...facts }, 'a status that stumbled could not be given up');
      return pauseMs;
    }
  }

  /** False when the turn is over. */
  private async postNext(sessionId: string): Promise<boolean> {
    const { posting, deletions, connectionOf, pace } = this.options;
    const connection = connectionOf(sessionId);
    if (!connection) {
      await pace.tellNotConnected(sessionId);
      return false;
    }
    // Somebody wants it gone from the phones: that waits neither for the pace nor for the end of a pause.
    const deletion = await deletions.claimNext(sessionId);
    if (deletion) {
      this.inWork.set(sessionId, { status: deletion.status, isDeletion: true });
      return inTheNameOf(deletion.status.organizationId, () => this.takeBack(connection, deletion));
    }
    const waitMs = await pace.waitBeforeNext(sessionId);
    // What is accepted from now on wakes the queue again: taken now, it would not have waited for its pace.
    if (waitMs === 'nothing_to_do') return false;
    if (waitMs !== undefined) {
      this.retryLater(sessionId, Math.min(waitMs, this.options.longestWaitMs ?? 60_000));
      return false;
    }
    const claim = await posting.claimNext(sessionId);
    if (!claim) return false;
    this.inWork.set(sessionId, { status: claim.status, isDeletion: false });
    if (claim.recipients.length === 0 && claim.status.counts.targeted > 0 && !claim.resumed) {
      await posting.failForNobody(claim.status);
      return true;
    }
    const outcome = await inTheNameOf(claim.status.organizationId, () => this.publish(connection, claim));
    // What was stopped is taken back next, or posted by another process.
    if (outcome === 'stopped') return true;
    if (outcome === 'not_connected') {
      await posting.release(claim.status);
      this.retryLater(sessionId);
      return false;
    }
    // The connection was closed under this attempt. It stays "sending", which the next start takes up first.
    if (this.wasCutShort(outcome)) return false;
    const end = await posting.settle(claim.status, outcome);
    await pace.learn(sessionId, outcome);
    const { id: statusId, attempts } = claim.status;
    const reason = outcome.result === 'not_sent' ? outcome.reason : undefined;
    const code = outcome.result === 'rejected' ? outcome.code : undefined;
    const facts = { sessionId, statusId, attempts, result: outcome.result, code, reason };
    this.options.logger.debug(facts, 'an attempt to post ended');
    if (end === 'put_back') this.retryLater(sessionId);
    return end === 'settled';
  }

  /** False when the turn is over. */
  private async takeBack(connection: GatewayConnection, claim: DeletionClaim): Promise<boolean> {
    const { deletions, pace } = this.options;
    const { status, revokeId, recipients, resumed } = claim;
    const { id: statusId, sessionId, messageId: revokedId } = status;
    const outcome = await this.ask(status, () =>
      connection.revokeStatus({
        messageId: revokeId,
        revokedId,
        recipients,
        resumed,
        onChunk: (chunk) => deletions.recordChunk(status, chunk),
      }),
    );
    if (typeof outcome === 'string') {
      await deletions.release(status);
      this.retryLater(sessionId);
      return false;
    }
    if (this.wasCutShort(outcome)) return false;
    const end = await deletions.settle(status, outcome);
    await pace.learn(sessionId, outcome);
    this.options.logger.debug(
      { sessionId, statusId, result: outcome.result },
      'an attempt to take back a status ended',
    );
    if (end === 'put_back') this.retryLater(sessionId);
    return end === 'settled';
  }

  private wasCutShort({ result }: PublishOutcome): boolean {
    return !this.isRunning && (result === 'unconfirmed' || result === 'not_sent');
  }

  private publish(connection: GatewayConnection, claim: Claim): Promise<PublishOutcome | Interruption> {
    const { status, recipients, resumed } = claim;
    const waits = this.waitTeller(status);
    const published = this.ask(status, async () => {
      const content = await this.options.contents.load(status);
      if (!content) {
        const reason = 'the uploaded file is gone';
        return { result: 'not_sent', reason, connectionLost: false, upload: 'file_gone', recipients: [] };
      }
      return connection.publishStatus({
        messageId: status.messageId,
        content,
        recipients,
        resumed,
        onChunk: (chunk) => this.options.posting.recordChunk(status, chunk),
        onProgress: this.progressTeller(claim),
        onWaiting: waits.tell,
        leftOut: (people) => this.options.posting.leftOut(status, people, (some) => connection.findNumbers(some)),
        storyPrivacy: status.audience?.storyPrivacy ?? 'apply',
        setting: () => this.options.posting.settingOf(status),
      });
    });
    return published.finally(() => waits.told());
  }

  /** Writes down what a post waits for, one after another; `told` resolves when all is written. */
  private waitTeller(status: StatusRecord): { tell: (wait: PublishWait | null) => void; told: () => Promise<void> } {
    let last = Promise.resolve();
    const tell = (wait: PublishWait | null): void => {
      last = last
        .then(() => this.options.posting.tellWaiting(status, wait))
        .catch((error: unknown) => {
          this.options.logger.warn({ err: error, statusId: status.id }, 'what a post waits for was not recorded');
        });
    };
    return { tell, told: () => last };
  }

  /** Outcomes are data; a rejection that is none of the known ones is a bug, told in the log. */
  private async ask(status: StatusRecord, send: () => Promise<PublishOutcome>): Promise<PublishOutcome | Interruption> {
    try {
      return await send();
    } catch (error) {
      if (error instanceof PostingStopped) return 'stopped';
      if (error instanceof AppError && error.code === 'not_connected') return 'not_connected';
      const { id: statusId, sessionId } = status;
      this.options.logger.error({ err: error, sessionId, statusId }, 'posting failed in an unexpected way');
      return { result: 'not_sent', reason: 'unexpected failure', connectionLost: false, recipients: [] };
    }
  }

  private progressTeller({ status, recipients }: Claim): (progress: { done: number; total: number }) => void {
    const isToTell = nowAndThen(progressIntervalMs);
    const { targeted } = status.counts;
    const before = Math.max(0, targeted - recipients.length);
    return ({ done }) => {
      if (!isToTell(before + done >= targeted)) return;
      this.options.bus.publish(statusProgress(status, before + done, targeted));
    };
  }

  private learnBan(payload: EventPayload<'connection-status'>): void {
    if (payload.lastError?.code !== temporaryBan || payload.nextRetryAt === null) return;
    const { sessionId } = payload;
    this.options.pace.learnBan(sessionId, new Date(payload.nextRetryAt)).catch((error: unknown) => {
      this.options.logger.error({ err: error, sessionId }, 'a pause of posting could not be recorded');
    });
  }

  private retryLater(sessionId: string, afterMs = this.options.retryAfterMs ?? 5_000): void {
    if (!this.isRunning || this.retries.has(sessionId)) return;
    const timer = setTimeout(() => {
      this.retries.delete(sessionId);
      this.wake(sessionId);
    }, afterMs);
    timer.unref();
    this.retries.set(sessionId, timer);
  }

  private clearRetry(sessionId: string): void {
    clearTimeout(this.retries.get(sessionId));
    this.retries.delete(sessionId);
  }
}
