import type { EventBus } from '../events/event-bus.js';
import type { Logger } from '../lib/logger.js';
import { GrowingPauses } from '../lib/running/growing-pauses.js';
import { KeyedTurns } from '../lib/running/keyed-turns.js';
import { Limit } from '../lib/running/limit.js';
import type { GatewayConnection } from '../whatsapp/gateway.js';
import type { ReplyFilesService } from './reply-files-service.js';

export interface ReplyFileQueueOptions {
  files: Pick<ReplyFilesService, 'sessionsWithWork' | 'claim' | 'fetch'>;
  /** The connection of a session that this process runs, while the account is connected. */
  connectionOf: (sessionId: string) => Pick<GatewayConnection, 'fetchFile'> | undefined;
  bus: Pick<EventBus, 'subscribe'>;
  logger: Logger;
}

/** Of all sessions together; each has one at a time. */
const atOnce = 6;
const pausesAfterTrouble = { firstMs: 2_000, longestMs: 5 * 60_000 };

/** Fetches the files of replies, one after the other per session, also those that an earlier process left. */
export class ReplyFileQueue {
  private readonly turns = new KeyedTurns((sessionId) => this.work(sessionId));
  /** Of sessions for which nothing could be written down. */
  private readonly troubled = new GrowingPauses(pausesAfterTrouble);
  private readonly limit = new Limit(atOnce);
  private stopping = new AbortController();
  private unsubscribe: (() => void) | undefined;
  private isRunning = false;

  constructor(private readonly options: ReplyFileQueueOptions) {}

  async start(): Promise<void> {
    this.isRunning = true;
    this.unsubscribe = this.options.bus.subscribe((event) => {
      if (event.name === 'connection-status' && event.payload.connected) this.wake(event.sessionId);
    });
    await this.takeUp();
  }

  /** Gives a turn to the sessions with files whose time has come. */
  async takeUp(): Promise<void> {
    for (const sessionId of await this.options.files.sessionsWithWork()) {
      if (!this.turns.has(sessionId) && !this.troubled.has(sessionId)) this.wake(sessionId);
    }
  }

  /** Gives the session its turn; harmless when there is nothing to do or it is not connected. */
  wake(sessionId: string): void {
    if (!this.isRunning || this.options.connectionOf(sessionId) === undefined) return;
    this.turns.ask(sessionId);
  }

  /** Resolves when everything that is due now was tried. */
  drain(): Promise<void> {
    return this.turns.drain();
  }

  /** What is under way ends at once, and is due again for whoever starts next. */
  async stop(): Promise<void> {
    this.isRunning = false;
    this.unsubscribe?.();
    this.stopping.abort();
    await this.drain();
  }

  private async work(sessionId: string): Promise<void> {
    try {
      for (let goOn = true; goOn && this.isRunning;) goOn = await this.limit.run(() => this.next(sessionId));
      this.troubled.delete(sessionId);
    } catch (error) {
      this.options.logger.error({ err: error, sessionId }, 'files of replies wait: their queue stumbled');
      this.troubled.add(sessionId, error);
    }
  }

  /** Whether another one may follow. */
  private async next(sessionId: string): Promise<boolean> {
    const { files, connectionOf } = this.options;
    const connection = connectionOf(sessionId);
    if (connection === undefined || !this.isRunning) return false;
    const claimed = await files.claim(sessionId);
    if (claimed === undefined) return false;
    const settlement = await files.fetch(connection, claimed, this.stopping.signal);
    // Without a connection the next one wakes the queue.
    return settlement.state !== 'again' || !settlement.isUncounted;
  }
}
