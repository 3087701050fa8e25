import { setImmediate as aTurn } from 'node:timers/promises';
import { AppError } from '../lib/app-error.js';

/** Lets a few conversions run at a time and a bounded number wait; a running one holds a core. */
export class ConversionQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly stopping = new AbortController();
  private readonly jobs = new Set<Promise<unknown>>();

  constructor(private readonly limits: { atOnce: number; waiting: number }) {}

  /**
   * Runs `work` when it is its turn. `signal` ends the wait, and `work` is given one that ends with it or with the queue.
   * Throws `unavailable` when too many wait, or when the server stops.
   */
  async run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const either = AbortSignal.any([signal, this.stopping.signal]);
    await this.turn(either);
    try {
      either.throwIfAborted();
      const job = work(either);
      this.jobs.add(job);
      return await job.finally(() => this.jobs.delete(job));
    } finally {
      this.running -= 1;
      this.waiting.shift()?.();
    }
  }

  /** Ends what runs and waits; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.stopping.abort(stoppingError());
    while (this.running > 0) {
      await Promise.allSettled(this.jobs);
      await aTurn();
    }
  }

  private async turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.running >= this.limits.atOnce) {
      if (this.waiting.length >= this.limits.waiting) {
        throw new AppError('unavailable', 'Too many files are being prepared right now. Try again in a minute.', {
          retryAfterSeconds: 60,
        });
      }
      await this.wait(signal);
    }
    this.running += 1;
  }

  private wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        const place = this.waiting.indexOf(go);
        if (place >= 0) this.waiting.splice(place, 1);
        reject(signal.reason instanceof Error ? signal.reason : stoppingError());
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(go);
    });
  }
}

function stoppingError(): AppError {
  return new AppError('unavailable', 'The server is stopping. Upload the file again in a moment.');
}
