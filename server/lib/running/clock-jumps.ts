import { uptime } from 'node:os';
import type { Clock } from '../clock.js';

interface Look {
  steadyMs: number;
  /** How far the system's clock is ahead of the steady one. */
  aheadMs: number;
}

/** A clock that is put right step by step is not a clock that jumped. */
const toleranceMs = 60_000;
/** Whoever looks after a clock has seen by then that it is wrong. */
const doubtedForMs = 24 * 60 * 60_000;

/**
 * Whether the system's clock was put forward a short while ago, beside a clock that nobody sets and that goes on while the machine
 * sleeps. What seems to be old then may be young.
 */
export class ClockJumps {
  private looks: Look[] = [];

  constructor(
    private readonly clock: Clock,
    /** Milliseconds that only grow. */
    private readonly steadyMs: () => number = () => uptime() * 1000,
  ) {
    this.isDoubtful();
  }

  /** Compares with what it was each time somebody asked within the last day. */
  isDoubtful(): boolean {
    const steadyMs = this.steadyMs();
    const aheadMs = this.clock.now().getTime() - steadyMs;
    this.looks = this.looks.filter((look) => look.steadyMs > steadyMs - doubtedForMs);
    const isDoubtful = this.looks.some((look) => aheadMs - look.aheadMs > toleranceMs);
    // Of two that say the same the later one says it for longer.
    this.looks = this.looks.filter((look) => Math.abs(look.aheadMs - aheadMs) > toleranceMs);
    this.looks.push({ steadyMs, aheadMs });
    return isDoubtful;
  }

  /** The same works, which do nothing while the clock is doubtful: what they would delete by its age does not come back. */
  holding(works: Readonly<Record<string, () => Promise<void>>>): Record<string, () => Promise<void>> {
    const held = Object.entries(works).map(([name, work]) => [
      name,
      () => (this.isDoubtful() ? Promise.resolve() : work()),
    ]);
    return Object.fromEntries(held) as Record<string, () => Promise<void>>;
  }
}
