import { answerTimesOf, type AnswerTimes } from './measure.js';

const intervalMs = 50;

/**
 * Asks every 50 ms, whether the last request is answered or not: a client that waited for a slow answer would not notice
 * what the next one would have cost. Answer times count from the moment at which the request was due.
 */
export class SteadyClient {
  private readonly answerTimesMs: number[] = [];
  private readonly asked = new Set<Promise<void>>();
  private failure: Error | undefined;
  private dueAt = performance.now();
  private timer: NodeJS.Timeout;

  /** Starts at once. `ask` rejects for an answer that is not the expected one. */
  constructor(private readonly ask: () => Promise<unknown>) {
    this.timer = setTimeout(this.askNow, 0);
  }

  private readonly askNow = (): void => {
    const dueAt = this.dueAt;
    const asked: Promise<void> = this.ask()
      .then(() => {
        this.answerTimesMs.push(performance.now() - dueAt);
      })
      .catch((error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => this.asked.delete(asked));
    this.asked.add(asked);
    this.dueAt += intervalMs;
    this.timer = setTimeout(this.askNow, Math.max(0, this.dueAt - performance.now()));
  };

  /** Asks no more; idempotent. */
  close(): void {
    clearTimeout(this.timer);
  }

  /** Asks no more and waits for what it asked. Rejects when any request was refused or went unanswered. */
  async stop(): Promise<AnswerTimes> {
    this.close();
    await Promise.all(this.asked);
    if (this.failure) throw this.failure;
    return answerTimesOf(this.answerTimesMs);
  }
}
