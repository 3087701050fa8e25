import type { AppEvent } from '../contract/events.js';
import type { Logger } from '../lib/logger.js';
import { PeriodicTask } from '../lib/running/periodic-task.js';
import type { EventStore } from './event-store.js';

export interface EventTailOptions {
  store: Pick<EventStore, 'listOfOthers' | 'lastSeq'>;
  /** Of this process's own events, which its bus carried already. */
  origin: string;
  /** Whether anybody here wants to know; while nobody does, nothing but the newest number is read. */
  isWanted: () => boolean;
  deliver: (event: AppEvent) => void;
  logger: Logger;
  everyMs?: number;
  /** How long a missing number may still turn up. */
  gapWaitMs?: number;
}

const eventsPerTurn = 500;
const defaultEveryMs = 250;
/** Longer than any transaction of ours takes; one that was rolled back leaves its numbers missing for ever. */
const defaultGapWaitMs = 5_000;

/**
 * The events that other processes on the same database wrote, in the order of their numbers as far as they are there. On
 * PostgreSQL a number is given when an event is written and seen when its transaction commits, so a higher one may be seen
 * first: behind a gap nothing is forgotten until it is filled or has lasted too long. Each event is delivered once.
 */
export class EventTail {
  private readonly task: PeriodicTask;
  /** Everything up to here is done with. */
  private doneUpTo: number | undefined;
  /** Done with beyond a gap. */
  private readonly beyond = new Set<number>();
  private gapSinceMs: number | undefined;

  constructor(private readonly options: EventTailOptions) {
    const { everyMs = defaultEveryMs, logger } = options;
    this.task = new PeriodicTask({ name: 'events of other processes', everyMs, work: () => this.read(), logger });
  }

  /** Resolves when nothing that is written from now on will be missed by whoever connects. */
  get name(): string {
    return this.task.name;
  }

  async start(): Promise<void> {
    await this.task.runOnce();
    this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  private async read(): Promise<void> {
    const { store, isWanted, origin, deliver } = this.options;
    if (this.doneUpTo === undefined || !isWanted()) {
      this.beyond.clear();
      this.gapSinceMs = undefined;
      const lastSeq = await store.lastSeq();
      // Whoever came while it was asked for may be told of what was written since.
      if (this.doneUpTo === undefined || !isWanted()) this.doneUpTo = lastSeq;
      return;
    }
    for (let isFull = true; isFull && isWanted();) {
      const from = this.doneUpTo;
      const events: { seq: number; event: AppEvent | null }[] = await store.listOfOthers(from, origin, eventsPerTurn);
      for (const { seq, event } of events) {
        if (this.beyond.has(seq)) continue;
        this.beyond.add(seq);
        if (event !== null) deliver(event);
      }
      isFull = events.length === eventsPerTurn;
      this.doneUpTo = this.advance(from, isFull);
    }
  }

  private advance(from: number, isFull: boolean): number {
    let upTo = this.passed(from);
    if (this.beyond.size === 0) {
      this.gapSinceMs = undefined;
      return upTo;
    }
    if (upTo > from) this.gapSinceMs = undefined;
    this.gapSinceMs ??= performance.now();
    const hasLasted = performance.now() - this.gapSinceMs >= (this.options.gapWaitMs ?? defaultGapWaitMs);
    if (hasLasted || isFull) {
      upTo = this.passed(Math.min(...this.beyond) - 1);
      this.gapSinceMs = undefined;
    }
    return upTo;
  }

  private passed(from: number): number {
    let upTo = from;
    while (this.beyond.delete(upTo + 1)) upTo += 1;
    return upTo;
  }
}
