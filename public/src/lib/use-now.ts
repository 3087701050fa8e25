import { useSyncExternalStore } from 'react';

/** One timer per interval, however many components show a time. */
class Ticker {
  private readonly listeners = new Set<() => void>();
  private timer: number | undefined;
  private nowMs = Date.now();

  constructor(private readonly intervalMs: number) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    this.nowMs = Date.now();
    this.timer ??= window.setInterval(() => {
      this.nowMs = Date.now();
      for (const each of this.listeners) each();
    }, this.intervalMs);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      window.clearInterval(this.timer);
      this.timer = undefined;
    };
  };

  readonly read = (): number => this.nowMs;
}

const seconds = new Ticker(1000);
const halfMinutes = new Ticker(30_000);

/** The time in epoch milliseconds, renewed each second: for countdowns. */
export function useNowEverySecond(): number {
  return useSyncExternalStore(seconds.subscribe, seconds.read);
}

/** The time in epoch milliseconds, renewed each half minute: for "2 minutes ago". */
export function useNow(): number {
  return useSyncExternalStore(halfMinutes.subscribe, halfMinutes.read);
}
