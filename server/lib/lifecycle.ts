import { withDeadline } from './deadline.js';
import type { Logger } from './logger.js';

/** Something that starts and stops with the server. */
export interface Part {
  name: string;
  start?: () => Promise<void> | void;
  stop?: () => Promise<void> | void;
  /** For the stop; a part that needs longer is left behind and named in the log. Default 5 s. */
  stopTimeoutMs?: number;
}

const defaultStopTimeoutMs = 5_000;
const startTimeoutMs = 60_000;

/** Starts parts in the order they were added and stops them in the reverse order, each within its deadline. */
export class Lifecycle {
  private readonly parts: Part[] = [];
  private readonly started: Part[] = [];
  private stopping: Promise<void> | undefined;

  constructor(private readonly logger: Logger) {}

  add(part: Part): void {
    this.parts.push(part);
  }

  /** When a part fails to start, those before it are stopped again and the failure is thrown. */
  async start(): Promise<void> {
    for (const part of this.parts) {
      try {
        // Counted as started before it is: a part that failed half-way has things to stop too.
        this.started.push(part);
        await withDeadline(Promise.resolve(part.start?.()), startTimeoutMs, `Starting ${part.name}`);
        this.logger.debug({ part: part.name }, 'part started');
      } catch (error) {
        await this.stop();
        throw error;
      }
    }
  }

  /** Stops everything once, also when it is called twice. A part that fails or hangs does not keep the others. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (let part = this.started.pop(); part; part = this.started.pop()) {
      const stopTimeoutMs = part.stopTimeoutMs ?? defaultStopTimeoutMs;
      try {
        await withDeadline(Promise.resolve(part.stop?.()), stopTimeoutMs, `Stopping ${part.name}`);
      } catch (error) {
        this.logger.error({ err: error, part: part.name }, 'part did not stop cleanly');
      }
    }
  }
}
