import { CountingWindows } from '../lib/running/counting-windows.js';

/** More callers than this are not remembered; the one that began first is forgotten. */
const maxCallers = 10_000;

/** Counts failures per caller in windows that begin with the first one. */
export class FailedAttempts {
  private readonly failures: CountingWindows;

  constructor(private readonly options: { max: number; windowMs: number; nowMs?: () => number }) {
    this.failures = new CountingWindows(options.windowMs, maxCallers, options.nowMs);
  }

  /** How long the caller has to wait; undefined when it may try. */
  waitMs(caller: string): number | undefined {
    const window = this.failures.find(caller);
    return window && window.count >= this.options.max ? window.leftMs : undefined;
  }

  record(caller: string): void {
    this.failures.count(caller);
  }
}
