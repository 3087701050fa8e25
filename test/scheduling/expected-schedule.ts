import type { OccurrenceOutcome } from '../../server/contract/planning/schedules.js';

const minuteMs = 60_000;

/**
 * What has to become of a schedule, told by the calendar and by what people did with it; it knows nothing of rules. Times
 * are epoch milliseconds.
 */
export class ExpectedSchedule {
  /** What became of the times so far. */
  readonly outcomes = new Map<number, OccurrenceOutcome>();
  /** When the statuses of moved times are due, by the time they were moved away from. */
  readonly moved = new Map<number, number>();
  isPaused = false;
  private readonly leftOut = new Set<number>();
  private lookedAt: number;

  constructor(
    private times: readonly number[],
    readonly lateByMinutes: number,
    createdAt: number,
  ) {
    this.lookedAt = createdAt;
  }

  /** The server has looked at `now` and done all that was due. */
  look(now: number): void {
    for (const at of this.times) {
      if (at <= this.lookedAt || at > now) continue;
      if (this.leftOut.has(at)) this.outcomes.set(at, 'canceled');
      else if (!this.isPaused) this.outcomes.set(at, this.isTooLate(at, now) ? 'missed' : 'posted');
    }
    this.lookedAt = now;
  }

  /** Whether what was due at `at` may not go out any more: the last minute counts to its end. */
  isTooLate(at: number, now: number): boolean {
    return now - at >= (this.lateByMinutes + 1) * minuteMs;
  }

  leaveOut(at: number, moveTo?: number): void {
    this.leftOut.add(at);
    this.outcomes.set(at, 'canceled');
    if (moveTo !== undefined) this.moved.set(at, moveTo);
  }

  /** From now on it comes at other times. */
  changeTimes(times: readonly number[]): void {
    this.times = times;
  }

  /** The times to come of which nothing was said. */
  coming(limit: number): number[] {
    return this.times.filter((at) => at > this.lookedAt && !this.leftOut.has(at)).slice(0, limit);
  }
}
