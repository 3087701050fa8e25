import { AppError } from '../lib/app-error.js';

export interface TurnLimits {
  atOnce: number;
  /** Of these, what may take minutes: the others get their turn meanwhile. */
  longAtOnce: number;
  /** Places to wait in: all of them, and those of one organization. */
  waiting: number;
  waitingOfOne: number;
  longestWaitMs: number;
}

interface Place {
  isLong: boolean;
  go: () => void;
}

const retryAfterSeconds = 60;

/**
 * Whose file is prepared next: the organizations take turns, and one that sends many files keeps only its own waiting. A
 * bounded number may wait, for a bounded time.
 */
export class PreparingTurns {
  private running = 0;
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
  async take<T>(organization: string, isLong: boolean, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    await this.turn(organization, isLong, signal);
    try {
      return await work();
    } finally {
      this.running -= 1;
      if (isLong) this.longRunning -= 1;
      this.next();
    }
  }

  private turn(organization: string, isLong: boolean, signal: AbortSignal): Promise<void> {
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
      const left = (): void => leave(signal.reason);
      const tooLong = setTimeout(() => leave(busy()), longestWaitMs);
      const settle = (): void => {
        clearTimeout(tooLong);
        signal.removeEventListener('abort', left);
      };
      const place: Place = {
        isLong,
        go: () => {
          settle();
          resolve();
        },
      };
      signal.addEventListener('abort', left, { once: true });
      places.push(place);
      this.queues.set(organization, places);
      this.next();
      // Whoever got a turn at once needed no place.
      if (!places.includes(place)) return;
      if (places.length > waitingOfOne || this.waiting > waiting) leave(busy());
    });
  }

  /** Gives turns while there are any to give. */
  private next(): void {
    for (const [organization, places] of this.queues) {
      if (this.running >= this.limits.atOnce) return;
      const at = places.findIndex(({ isLong }) => !isLong || this.longRunning < this.limits.longAtOnce);
      const [place] = at < 0 ? [] : places.splice(at, 1);
      if (!place) continue;
      // Behind all others, if it has more.
      this.queues.delete(organization);
      if (places.length > 0) this.queues.set(organization, places);
      this.running += 1;
      if (place.isLong) this.longRunning += 1;
      place.go();
    }
  }
}

function busy(): AppError {
  return new AppError('unavailable', 'Too many files are being prepared right now. Try again in a minute.', {
    retryAfterSeconds,
  });
}
