import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';

/** WhatsApp bans accounts that look many numbers up; people who type numbers stay far below. */
const limits = [
  { max: 10, windowMs: 60_000 },
  { max: 100, windowMs: 24 * 60 * 60_000 },
] as const;
const longestMs = Math.max(...limits.map((limit) => limit.windowMs));

/** What is left of the limit that is nearest. */
export interface NumberCheckAllowance {
  limit: number;
  remaining: number;
  /** Until one more is free. */
  resetSeconds: number;
}

/** How many numbers one account may look up. */
export class NumberCheckLimit {
  private readonly checks = new Map<string, number[]>();

  constructor(private readonly clock: Clock) {}

  /** Counts one check. Throws `rate_limited` when it would be one too many. */
  countCheck(sessionId: string): void {
    const now = this.clock.now().getTime();
    const past = this.pastOf(sessionId, now);
    for (const { max, windowMs } of limits) {
      const inWindow = past.filter((at) => at > now - windowMs);
      const oldest = inWindow.at(-max);
      if (oldest === undefined) continue;
      const seconds = Math.ceil((oldest + windowMs - now) / 1000);
      throw new AppError(
        'rate_limited',
        `This account has looked up too many numbers; WhatsApp bans for that. Try again in ${String(seconds)} seconds.`,
        { retryAfterSeconds: seconds },
      );
    }
    this.checks.set(sessionId, [...past, now]);
  }

  /** How much is left now. */
  allowance(sessionId: string): NumberCheckAllowance {
    const now = this.clock.now().getTime();
    const past = this.pastOf(sessionId, now);
    const [nearest] = limits
      .map(({ max, windowMs }) => {
        const inWindow = past.filter((at) => at > now - windowMs);
        const oldest = inWindow.at(-max) ?? inWindow[0] ?? now;
        const resetSeconds = Math.ceil((oldest + windowMs - now) / 1000);
        return { limit: max, remaining: Math.max(0, max - inWindow.length), resetSeconds };
      })
      .sort((one, other) => one.remaining - other.remaining || other.resetSeconds - one.resetSeconds);
    if (!nearest) throw new Error('There is no limit.');
    return nearest;
  }

  /** What was checked, oldest first. When the clock was put right, nothing counts as later than now. */
  private pastOf(sessionId: string, now: number): number[] {
    const past = (this.checks.get(sessionId) ?? []).map((at) => Math.min(at, now)).filter((at) => at > now - longestMs);
    if (past.length > 0) this.checks.set(sessionId, past);
    return past;
  }

  forget(sessionId: string): void {
    this.checks.delete(sessionId);
  }
}
