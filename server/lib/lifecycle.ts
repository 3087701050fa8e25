import { withDeadline } from './deadline.js';
import type { Logger } from './logger.js';

/** Something that starts and stops with the server. */
export interface Part {
  readonly name: string;
  start?(): Promise<void> | void;
  stop?(): Promise<void> | void;
  /** For the stop; a part that needs longer is left behind and named in the log. Default 5 s. */
  stopTimeoutMs?: number;
}

const defaultStopTimeoutMs = 5_000;
const startTimeoutMs = 60_000;

/** Starts parts in the order they were added and stops them in the reverse order, each within its deadline. */
export class Lifecycle {
  private readonly parts: Part[] = [];
  private readonly running = new Set<Part>();
  private stopping: Promise<void> | undefined;

  constructor(private readonly logger: Logger) {}

  /** In their order. A part without `start` runs already, and is stopped also when nothing was started. */
  add(...parts: readonly Part[]): void {
    this.parts.push(...parts);
    for (const part of parts) if (!part.start) this.running.add(part);
  }

  /** When a part fails to start, those before it are stopped again and the failure is thrown. */
  async start(): Promise<void> {
    for (const part of this.parts) {
      try {
        // Counted as started before it is: a part that failed half-way has things to stop too.
        this.running.add(part);
        await withDeadline(begin(part), startTimeoutMs, `Starting ${part.name}`);
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
    for (const part of this.parts.toReversed()) {
      if (!this.running.delete(part)) continue;
      const stopTimeoutMs = part.stopTimeoutMs ?? defaultStopTimeoutMs;
      try {
        await withDeadline(end(part), stopTimeoutMs, `Stopping ${part.name}`);
      } catch (error) {
        this.logger.error({ err: error, part: part.name }, 'part did not stop cleanly');
      }
    }
  }
}

async function begin(part: Part): Promise<void> {
  await part.start?.();
}

async function end(part: Part): Promise<void> {
  await part.stop?.();
}
