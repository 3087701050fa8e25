import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../logger.js';

export interface PeriodicTaskOptions {
  name: string;
  everyMs: number;
  work: () => Promise<void>;
  logger: Logger;
  /** When the first turn comes, where that is not after the same pause as all others. */
  firstAfterMs?: number;
  /** A turn that takes longer than this goes on beside those that follow; without it the next one waits for its end. */
  patienceMs?: number;
  /** A turn that is waited for longer than this is told once. Default 1 min. */
  longMs?: number;
}

const defaultLongMs = 60_000;
/** A trouble that has other words each time is not worth more lines. */
const maxTold = 20;

/**
 * Does something again and again, never twice at a time: a turn that takes longer than the pause costs the next one. A
 * failure is logged, once until a turn goes well, and the next turn comes all the same.
 */
export class PeriodicTask {
  private timer: NodeJS.Timeout | undefined;
  private first: NodeJS.Timeout | undefined;
  private running: Promise<unknown> | undefined;
  private begunAtMs = 0;
  private isToldAsLong = false;
  /** What was told since a turn last went well. */
  private readonly told = new Set<string>();

  constructor(private readonly options: PeriodicTaskOptions) {}

  start(): void {
    const { everyMs, firstAfterMs } = this.options;
    const turn = (): void => {
      if (this.running) this.tellIfLong();
      else this.begin();
    };
    this.timer = setInterval(turn, everyMs);
    this.timer.unref();
    if (firstAfterMs === undefined) return;
    this.first = setTimeout(turn, firstAfterMs);
    this.first.unref();
  }

  get name(): string {
    return this.options.name;
  }

  /** Resolves when a turn that runs is over, or its patience. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    clearTimeout(this.first);
    await this.running;
  }

  /** One whole turn now. */
  async runOnce(): Promise<void> {
    try {
      await this.options.work();
      this.told.clear();
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      if (this.told.has(failure) || this.told.size >= maxTold) return;
      this.told.add(failure);
      this.options.logger.warn({ err: error, task: this.options.name }, 'a periodic task failed');
    }
  }

  private begin(): void {
    const { patienceMs } = this.options;
    this.begunAtMs = performance.now();
    this.isToldAsLong = false;
    const turn = this.runOnce();
    const waits = patienceMs === undefined ? [turn] : [turn, pause(patienceMs, undefined, { ref: false })];
    this.running = Promise.race(waits).finally(() => {
      this.running = undefined;
    });
  }

  private tellIfLong(): void {
    if (this.isToldAsLong || performance.now() - this.begunAtMs < (this.options.longMs ?? defaultLongMs)) return;
    this.isToldAsLong = true;
    this.options.logger.warn({ task: this.options.name }, 'a periodic task takes very long');
  }
}

/** Several at the same pace, each by itself: one that fails or hangs keeps none of the others. */
export class PeriodicTasks {
  private readonly tasks: readonly PeriodicTask[];

  constructor(
    private readonly options: Omit<PeriodicTaskOptions, 'work'> & {
      works: Readonly<Record<string, () => Promise<void>>>;
    },
  ) {
    const { works, ...common } = options;
    this.tasks = Object.entries(works).map(
      ([name, work]) => new PeriodicTask({ ...common, work, name: `${common.name}: ${name}` }),
    );
  }

  start(): void {
    for (const task of this.tasks) task.start();
  }

  get name(): string {
    return this.options.name;
  }

  /** One whole turn of each now. */
  async runOnce(): Promise<void> {
    await Promise.all(this.tasks.map((task) => task.runOnce()));
  }

  /** Resolves when the turns that run are over, or their patience. */
  async stop(): Promise<void> {
    await Promise.all(this.tasks.map((task) => task.stop()));
  }
}
