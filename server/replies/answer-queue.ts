import type { EventBus } from '../events/event-bus.js';
import type { Logger } from '../lib/logger.js';
import { AppError } from '../lib/app-error.js';
import { GrowingPauses } from '../lib/running/growing-pauses.js';
import { KeyedTurns } from '../lib/running/keyed-turns.js';
import type { GatewayConnection, PrivateOutcome } from '../whatsapp/gateway.js';
import { quoteOf, settlementOf, typingMs } from './answer.js';
import type { AnswersService, ClaimedAnswer } from './answers-service.js';

export interface AnswerQueueOptions {
  answers: Pick<AnswersService, 'sessionsWithWork' | 'claim' | 'load' | 'settle'>;
  /** The connection of a session that this process runs, while the account is connected. */
  connectionOf: (sessionId: string) => GatewayConnection | undefined;
  bus: Pick<EventBus, 'subscribe'>;
  logger: Logger;
  retryAfterMs?: number;
}

const longestPauseMs = 5 * 60_000;
const stopGraceMs = 3_000;

/** Sends answers, one after the other per session, as they were accepted: also those that an earlier process left. */
export class AnswerQueue {
  private readonly turns = new KeyedTurns((sessionId) => this.work(sessionId));
  private readonly pauses: GrowingPauses;
  private unsubscribe: (() => void) | undefined;
  private isRunning = false;

  constructor(private readonly options: AnswerQueueOptions) {
    this.pauses = new GrowingPauses({ firstMs: options.retryAfterMs ?? 2_000, longestMs: longestPauseMs });
  }

  async start(): Promise<void> {
    this.isRunning = true;
    this.unsubscribe = this.options.bus.subscribe((event) => {
      if (event.name !== 'connection-status' || !event.payload.connected) return;
      this.pauses.delete(event.sessionId);
      this.wake(event.sessionId);
    });
    await this.takeUp();
  }

  /** Gives a turn to the sessions whose answers have not left, also where another process accepted them. */
  async takeUp(): Promise<void> {
    for (const sessionId of await this.options.answers.sessionsWithWork()) {
      if (!this.turns.has(sessionId) && !this.pauses.has(sessionId)) this.wake(sessionId);
    }
  }

  /** Gives the session its turn; harmless when there is nothing to do or it is not connected. */
  wake(sessionId: string): void {
    if (!this.isRunning || this.options.connectionOf(sessionId) === undefined) return;
    this.turns.ask(sessionId);
  }

  /** Resolves when everything that can leave now has left, or has failed. */
  drain(): Promise<void> {
    return this.turns.drain();
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    this.unsubscribe?.();
    await this.turns.drainWithin(stopGraceMs);
  }

  private async work(sessionId: string): Promise<void> {
    try {
      for (let goOn = true; goOn && this.isRunning;) {
        const connection = this.options.connectionOf(sessionId);
        const claimed = connection && (await this.options.answers.claim(sessionId));
        goOn = connection !== undefined && claimed !== undefined && (await this.answer(connection, claimed));
      }
    } catch (error) {
      this.options.logger.error({ err: error, sessionId }, 'answers wait: their queue stumbled');
      this.pauses.add(sessionId, error);
    }
  }

  /** Whether the next one may follow. */
  private async answer(connection: GatewayConnection, claimed: ClaimedAnswer): Promise<boolean> {
    const { answers } = this.options;
    const { answer } = claimed;
    const outcome = await this.send(connection, claimed);
    const settlement = settlementOf(outcome, answer.attempts);
    await answers.settle(answer, settlement);
    if (settlement.state !== 'again') {
      this.pauses.delete(answer.sessionId);
      return true;
    }
    // Without a connection the next one wakes the queue.
    if (!settlement.isForConnection) this.pauses.add(answer.sessionId, new Error(outcome.result));
    return false;
  }

  private async send(connection: GatewayConnection, { answer, reply }: ClaimedAnswer): Promise<PrivateOutcome> {
    const { answers, logger } = this.options;
    const { sessionId, messageId } = answer;
    try {
      const content = await answers.load(answer);
      if (content === undefined) {
        return { result: 'not_sent', reason: 'the file is gone', connectionLost: false, because: 'file_gone' };
      }
      if (reply.autoRead) await this.markRead(connection, reply);
      return await connection.sendPrivately(reply.person, {
        messageId,
        content,
        quoted: quoteOf(reply),
        typingMs: reply.presenceTyping ? typingMs(answer.text) : 0,
      });
    } catch (error) {
      const connectionLost = error instanceof AppError && error.code === 'not_connected';
      if (!connectionLost) logger.error({ err: error, sessionId, messageId }, 'an answer could not be sent');
      return { result: 'not_sent', reason: 'it could not be sent', connectionLost };
    }
  }

  /** A courtesy: without it the answer leaves all the same. */
  private async markRead(connection: GatewayConnection, reply: ClaimedAnswer['reply']): Promise<void> {
    await connection.markRead(reply.person, reply.messageId).catch((error: unknown) => {
      this.options.logger.debug({ err: error, sessionId: reply.sessionId }, 'a reply was not marked as read');
    });
  }
}
