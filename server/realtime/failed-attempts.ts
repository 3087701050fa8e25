import type { Clock } from '../lib/clock.js';

/** More callers than this are not remembered; the one that began first is forgotten. */
const maxCallers = 10_000;

/** Counts failures per caller in windows that begin with the first one. */
export class FailedAttempts {
  private readonly windows = new Map<string, { failures: number; endsAtMs: number }>();

  constructor(private readonly options: { max: number; windowMs: number; clock: Clock }) {}

  /** How long the caller has to wait; undefined when it may try. */
  waitMs(caller: string): number | undefined {
    const window = this.windows.get(caller);
    if (!window) return undefined;
    const remainingMs = window.endsAtMs - this.options.clock.now().getTime();
    if (remainingMs <= 0) {
      this.windows.delete(caller);
      return undefined;
    }
    return window.failures >= this.options.max ? remainingMs : undefined;
  }

  record(caller: string): void {
    this.waitMs(caller);
    const window = this.windows.get(caller);
    if (window) {
      window.failures += 1;
      return;
    }
    const endsAtMs = this.options.clock.now().getTime() + this.options.windowMs;
    this.windows.set(caller, { failures: 1, endsAtMs });
    const [first] = this.windows.keys();
    if (this.windows.size > maxCallers && first !== undefined) this.windows.delete(first);
  }
}
