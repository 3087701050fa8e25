import { AsyncResource } from 'node:async_hooks';
import { AppError } from './app-error.js';

export interface BatcherOptions<T> {
  /** Names the batcher in errors. */
  name: string;
  /** Writes one batch. Called by one batch at a time, in the order the items came. */
  flush: (items: T[]) => Promise<void>;
  /** The longest an item waits for company. */
  maxDelayMs: number;
  /** A batch of this size goes at once. */
  maxItems: number;
  /** How many items may wait before `add` refuses more. */
  maxPending: number;
}

interface Batch<T> {
  items: T[];
  done: Promise<void>;
  settle: { resolve: () => void; reject: (error: unknown) => void };
}

/** Gathers single items and hands them over in batches: one transaction for many small facts. */
export class Batcher<T> {
  private readonly waiting: Batch<T>[] = [];
  private pending = 0;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  private readonly flushOutside: () => void;

  constructor(private readonly options: BatcherOptions<T>) {
    // A batch belongs to nobody's transaction or request: it runs in the context that made the batcher, not in the
    // context of whoever happened to add the item that set the timer.
    this.flushOutside = AsyncResource.bind(() => {
      this.startFlushing();
    });
  }

  /**
   * Resolves when the batch with this item was written, rejects as its flush does. Rejects with `unavailable` when
   * too much waits already or when the batcher was stopped.
   */
  add(item: T): Promise<void> {
    const { name, maxItems, maxDelayMs, maxPending } = this.options;
    if (this.stopped) return Promise.reject(new AppError('unavailable', `${name} has stopped.`));
    if (this.pending >= maxPending) return Promise.reject(new AppError('unavailable', `${name} has too much waiting.`));
    let batch = this.waiting.at(-1);
    if (!batch || batch.items.length >= maxItems) {
      batch = newBatch<T>();
      this.waiting.push(batch);
    }
    batch.items.push(item);
    this.pending += 1;
    if (this.running) return batch.done;
    if (batch.items.length >= maxItems) this.flushOutside();
    else this.timer ??= setTimeout(this.flushOutside, maxDelayMs);
    return batch.done;
  }

  /** Writes what waits, now, and resolves when nothing is left. Failures belong to those who added. */
  async drain(): Promise<void> {
    while (this.waiting.length > 0 || this.running) {
      if (!this.running) this.flushOutside();
      await this.running;
    }
  }

  /** Drains and refuses everything that comes later. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.drain();
  }

  private startFlushing(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.running || this.waiting.length === 0) return;
    this.running = this.flushAll().finally(() => {
      this.running = undefined;
      // What was added after the last batch was taken, and before this moment, set off nothing by itself.
      this.startFlushing();
    });
  }

  private async flushAll(): Promise<void> {
    for (let batch = this.waiting.shift(); batch; batch = this.waiting.shift()) {
      try {
        await this.options.flush(batch.items);
        batch.settle.resolve();
      } catch (error) {
        batch.settle.reject(error);
      } finally {
        this.pending -= batch.items.length;
      }
    }
  }
}

function newBatch<T>(): Batch<T> {
  let settle: Batch<T>['settle'] = { resolve: () => undefined, reject: () => undefined };
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever added without waiting must not bring the process down when the flush fails.
  done.catch(() => undefined);
  return { items: [], done, settle };
}
