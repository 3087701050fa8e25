import { AsyncResource } from 'node:async_hooks';
import { AppError } from '../app-error.js';

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
  /** Whose an item is: each of them has its own order and its own turns. Without it all are one's. */
  partyOf?: (item: T) => string;
  /** How many items of one party may wait; as many as of all together where it is not said. */
  maxPendingOfOne?: number;
}

/** What came together from one party. */
interface Batch<T> {
  party: string;
  items: T[];
  done: Promise<void>;
  settle: { resolve: () => void; reject: (error: unknown) => void };
}

/** Gathers single items and hands them over in batches: one transaction for many small facts. */
export class Batcher<T> {
  /** What waits of each party; whose turn is next comes first. */
  private readonly waiting = new Map<string, Batch<T>[]>();
  private readonly pendingOf = new Map<string, number>();
  private pending = 0;
  /** Of those that no batch has taken yet. */
  private unwritten = 0;
  private firstWaitsSinceMs = 0;
  private drains = 0;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  private readonly flushOutside: () => void;

  constructor(private readonly options: BatcherOptions<T>) {
    // A batch belongs to nobody's transaction or request: it runs in the context that made the batcher, not in the
    // context of whoever happened to add the item that set the timer.
    this.flushOutside = AsyncResource.bind(() => this.startFlushing());
  }

  /**
   * Resolves when the batch with this item was written, rejects as its flush does. Rejects with `unavailable` when
   * too much waits already, of all or of this party, or when the batcher was stopped.
   */
  add(item: T): Promise<void> {
    const { name, maxItems, maxDelayMs, maxPending, maxPendingOfOne = maxPending } = this.options;
    if (this.stopped) return Promise.reject(new AppError('unavailable', `${name} has stopped.`));
    const party = this.options.partyOf?.(item) ?? '';
    const pendingOfIt = this.pendingOf.get(party) ?? 0;
    if (this.pending >= maxPending || pendingOfIt >= maxPendingOfOne) {
      return Promise.reject(new AppError('unavailable', `${name} has too much waiting.`));
    }
    const batches = this.waiting.get(party) ?? [];
    let batch = batches.at(-1);
    if (!batch || batch.items.length >= maxItems) {
      batch = newBatch<T>(party);
      batches.push(batch);
      this.waiting.set(party, batches);
    }
    batch.items.push(item);
    this.pending += 1;
    if (this.unwritten === 0) this.firstWaitsSinceMs = performance.now();
    this.unwritten += 1;
    this.pendingOf.set(party, pendingOfIt + 1);
    // What is being written decides, when it is, when the next batch goes.
    if (this.running) return batch.done;
    if (this.unwritten >= maxItems) this.flushOutside();
    else this.timer ??= setTimeout(this.flushOutside, maxDelayMs);
    return batch.done;
  }

  /** Writes what waits, now, and resolves when nothing is left. Failures belong to those who added. */
  async drain(): Promise<void> {
    this.drains += 1;
    try {
      while (this.waiting.size > 0 || this.running) {
        if (!this.running) this.flushOutside();
        await this.running;
      }
    } finally {
      this.drains -= 1;
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
    if (this.running || this.waiting.size === 0) return;
    this.running = this.flushWhatIsDue().finally(() => {
      this.running = undefined;
      // What was added meanwhile set off nothing by itself.
      this.goOn();
    });
  }

  private goOn(): void {
    if (this.waiting.size === 0) return;
    if (this.dueInMs() <= 0) this.startFlushing();
    else this.timer ??= setTimeout(this.flushOutside, this.dueInMs());
  }

  /** A batch that has not waited for its company would cost as much as a full one. */
  private dueInMs(): number {
    const { maxItems, maxDelayMs } = this.options;
    if (this.unwritten >= maxItems || this.drains > 0) return 0;
    return this.firstWaitsSinceMs + maxDelayMs - performance.now();
  }

  private async flushWhatIsDue(): Promise<void> {
    do {
      const batches = this.next();
      try {
        await this.options.flush(batches.flatMap(({ items }) => items));
        for (const { settle } of batches) settle.resolve();
      } catch (error) {
        for (const { settle } of batches) settle.reject(error);
      } finally {
        for (const batch of batches) this.forget(batch);
      }
    } while (this.waiting.size > 0 && this.dueInMs() <= 0);
  }

  /** What is written next: a batch of each party, as far as they fit together. */
  private next(): Batch<T>[] {
    const taken: Batch<T>[] = [];
    let count = 0;
    for (const [party, batches] of [...this.waiting]) {
      const [batch, ...others] = batches;
      if (!batch || (count > 0 && count + batch.items.length > this.options.maxItems)) break;
      taken.push(batch);
      count += batch.items.length;
      // Behind all others, if it has more.
      this.waiting.delete(party);
      if (others.length > 0) this.waiting.set(party, others);
    }
    this.unwritten -= count;
    return taken;
  }

  private forget({ party, items }: Batch<T>): void {
    this.pending -= items.length;
    const left = (this.pendingOf.get(party) ?? 0) - items.length;
    if (left > 0) this.pendingOf.set(party, left);
    else this.pendingOf.delete(party);
  }
}

function newBatch<T>(party: string): Batch<T> {
  let settle: Batch<T>['settle'] = { resolve: () => undefined, reject: () => undefined };
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever added without waiting must not bring the process down when the flush fails.
  done.catch(() => undefined);
  return { party, items: [], done, settle };
}
