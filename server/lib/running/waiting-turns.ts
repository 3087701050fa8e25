import { AppError } from '../app-error.js';

export interface TurnLimits {
  atOnce: number;
  /** Of one organization; as many as there are without it. */
  ofOneAtOnce?: number;
  /** Of these, what may take minutes: the others get their turn meanwhile. */
  longAtOnce: number;
  /** Places to wait in: all of them, and those of one organization. */
  waiting: number;
  waitingOfOne: number;
  longestWaitMs: number;
  /** A sentence for those who find no place, or wait for too long. */
  busy: string;
  retryAfterSeconds: number;
}

interface Place {
  isLong: boolean;
  go: () => void;
}

/**
 * Whose work is done next: the organizations take turns, and one that wants much keeps only its own waiting. A bounded number
 * may wait, for a bounded time.
 */
export class WaitingTurns {
  private running = 0;
  private readonly runningOf = new Map<string, number>();
  private longRunning = 0;
  /** Who has waited longest for a turn comes first. */
  private readonly queues = new Map<string, Place[]>();

  constructor(private readonly limits: TurnLimits) {}

  get waiting(): number {
    return [...this.queues.values()].reduce((sum, places) => sum + places.length, 0);
  }

  /**
   * Runs `work` when it is its turn; `signal` ends the wait with its reason. Throws `unavailable` when too many wait, or for
   * too long.
   */
  async run<T>(
    organization: string,
    isLong: boolean,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.queues.size === 0 && this.hasTurn(organization, isLong)) this.begin(organization, isLong);
    else await this.turn(organization, isLong, signal);
    try {
      return await work();
    } finally {
      this.running -= 1;
      if (isLong) this.longRunning -= 1;
      const others = (this.runningOf.get(organization) ?? 1) - 1;
      if (others > 0) this.runningOf.set(organization, others);
      else this.runningOf.delete(organization);
      this.next();
    }
  }

  private turn(organization: string, isLong: boolean, signal: AbortSignal | undefined): Promise<void> {
    const places = this.queues.get(organization) ?? [];
    const { waiting, waitingOfOne, longestWaitMs } = this.limits;
    return new Promise((resolve, reject) => {
      const leave = (reason: unknown): void => {
        const at = places.indexOf(place);
        if (at >= 0) places.splice(at, 1);
        if (places.length === 0) this.queues.delete(organization);
        settle();
        reject(reason instanceof Error ? reason : new Error('Whoever waited has left.'));
      };
      const left = (): void => leave(signal?.reason);
      const tooLong = setTimeout(() => leave(this.busy()), longestWaitMs);
      const settle = (): void => {
        clearTimeout(tooLong);
        signal?.removeEventListener('abort', left);
      };
      const place: Place = {
        isLong,
        go: () => {
          settle();
          resolve();
        },
      };
      signal?.addEventListener('abort', left, { once: true });
      places.push(place);
      this.queues.set(organization, places);
      this.next();
      // Whoever got a turn at once needed no place.
      if (!places.includes(place)) return;
      if (places.length > waitingOfOne || this.waiting > waiting) leave(this.busy());
    });
  }

  /** Gives turns while there are any to give. */
  private next(): void {
    for (const [organization, places] of this.queues) {
      if (this.running >= this.limits.atOnce) return;
      const at = places.findIndex(({ isLong }) => this.hasTurn(organization, isLong));
      const [place] = at < 0 ? [] : places.splice(at, 1);
      if (!place) continue;
      // Behind all others, if it has more.
      this.queues.delete(organization);
      if (places.length > 0) this.queues.set(organization, places);
      this.begin(organization, place.isLong);
      place.go();
    }
  }

  private hasTurn(organization: string, isLong: boolean): boolean {
    const { atOnce, ofOneAtOnce = atOnce, longAtOnce } = this.limits;
    if (this.running >= atOnce || (this.runningOf.get(organization) ?? 0) >= ofOneAtOnce) return false;
    return !isLong || this.longRunning < longAtOnce;
  }

  private begin(organization: string, isLong: boolean): void {
    this.running += 1;
    this.runningOf.set(organization, (this.runningOf.get(organization) ?? 0) + 1);
    if (isLong) this.longRunning += 1;
  }

  private busy(): AppError {
    const { busy, retryAfterSeconds } = this.limits;
    return new AppError('unavailable', busy, { retryAfterSeconds });
  }
}
