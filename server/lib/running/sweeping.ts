import type { Part } from '../lifecycle.js';
import type { Logger } from '../logger.js';
import { PeriodicTask } from './periodic-task.js';

/** Looks for work and begins it. */
export interface Sweeper {
  sweep(): Promise<void>;
  /** Begins nothing more, and resolves when nothing is at work. */
  stop(): Promise<void>;
}

export interface SweepingOptions {
  name: string;
  everyMs: number;
  runner: Sweeper;
  logger: Logger;
  /** Whether the server waits for a first sweep before it does anything else. */
  isFirst?: boolean;
}

/** Has a runner sweep for as long as the server runs: at a steady pace, also while what an earlier sweep began is slow. */
export function sweeping({ name, everyMs, runner, logger, isFirst = false }: SweepingOptions): Part {
  const task = new PeriodicTask({ name, everyMs, patienceMs: everyMs, work: () => runner.sweep(), logger });
  return {
    name,
    start: async () => {
      if (isFirst) await task.runOnce();
      task.start();
    },
    stop: async () => {
      await task.stop();
      await runner.stop();
    },
  };
}
