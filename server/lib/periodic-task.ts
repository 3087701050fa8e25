import type { Logger } from './logger.js';

/**
 * Does something again and again, never twice at a time: a turn that takes longer than the pause costs the next one. A
 * failure is logged, once as long as it stays the same, and the next turn comes all the same.
 */
export class PeriodicTask {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private failure: string | undefined;

  constructor(private readonly options: { name: string; everyMs: number; work: () => Promise<void>; logger: Logger }) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.runOnce().finally(() => {
        this.running = undefined;
      });
    }, this.options.everyMs);
    this.timer.unref();
  }

  get name(): string {
    return this.options.name;
  }

  /** Resolves when a turn that runs is over. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** One turn now. */
  async runOnce(): Promise<void> {
    try {
      await this.options.work();
      this.failure = undefined;
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      if (failure === this.failure) return;
      this.failure = failure;
      this.options.logger.warn({ err: error, task: this.options.name }, 'a periodic task failed');
    }
  }
}
