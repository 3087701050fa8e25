import type { SimulatorClock } from '../../simulator/lib/clock.js';

/** A clock that a test turns by hand: views that take a day in life take no time here. */
export class ManualClock implements SimulatorClock {
  private readonly due = new Set<{ at: number; work: () => void }>();

  constructor(private nowMs = Date.now()) {}

  /** How many things wait for their time. */
  get waiting(): number {
    return this.due.size;
  }

  now(): number {
    return this.nowMs;
  }

  after(delayMs: number, work: () => void): () => void {
    const entry = { at: this.nowMs + delayMs, work };
    this.due.add(entry);
    return () => this.due.delete(entry);
  }

  /** Lets time pass; what is due happens in order. */
  advance(ms: number): void {
    const until = this.nowMs + ms;
    for (;;) {
      const [next] = [...this.due].sort((a, b) => a.at - b.at);
      if (!next || next.at > until) break;
      this.due.delete(next);
      this.nowMs = next.at;
      next.work();
    }
    this.nowMs = until;
  }
}
