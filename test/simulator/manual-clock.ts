import type { SimulatorClock } from '../../simulator/lib/clock.js';

/** A clock that a test turns by hand: views that take a day in life take no time here. */
export class ManualClock implements SimulatorClock {
  readonly #due = new Set<{ at: number; work: () => void }>();
  #now: number;

  constructor(now = Date.now()) {
    this.#now = now;
  }

  /** How many things wait for their time. */
  get waiting(): number {
    return this.#due.size;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, work: () => void): () => void {
    const entry = { at: this.#now + delayMs, work };
    this.#due.add(entry);
    return () => this.#due.delete(entry);
  }

  /** Lets time pass; what is due happens in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.#due].sort((a, b) => a.at - b.at);
      if (!next || next.at > until) break;
      this.#due.delete(next);
      this.#now = next.at;
      next.work();
    }
    this.#now = until;
  }
}
