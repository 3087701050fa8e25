import type { Clock } from '../../server/lib/clock.js';

/** The real clock, put forward by a test: what is planned for next week is due a moment later. */
export class ShiftedClock implements Clock {
  private aheadMs = 0;

  now(): Date {
    return new Date(Date.now() + this.aheadMs);
  }

  advance(ms: number): void {
    this.aheadMs += ms;
  }

  /** Puts it forward to a time. */
  goTo(at: Date | string | number): void {
    this.aheadMs = new Date(at).getTime() - Date.now();
  }
}
