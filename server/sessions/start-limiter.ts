export interface StartLimits {
  /** Sessions that may be on their way to WhatsApp at the same time. */
  atOnce: number;
  /** Sessions that may set out within any minute. */
  perMinute: number;
}

/** A place in the queue, later on the way. */
export interface StartTurn {
  /** Gives the place up, whether its turn has come or not. Idempotent. */
  release(): void;
}

const minuteMs = 60_000;

/**
 * Lets sessions set out for WhatsApp a few at a time, in the order they asked: many accounts that log in from one address
 * within seconds look like an attack, and each login costs CPU time for its keys.
 */
export class StartLimiter {
  private readonly waiting = new Set<() => void>();
  private readonly startedAtMs: number[] = [];
  private underWay = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limits: StartLimits,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Calls `begin` when it is this one's turn, at once if possible. The turn lasts until it is released. */
  request(begin: () => void): StartTurn {
    let phase: 'waiting' | 'under way' | 'over' = 'waiting';
    const go = (): void => {
      phase = 'under way';
      begin();
    };
    this.waiting.add(go);
    this.letGo();
    return {
      release: () => {
        if (phase === 'waiting') this.waiting.delete(go);
        if (phase === 'under way') this.underWay -= 1;
        phase = 'over';
        this.letGo();
      },
    };
  }

  /** Nobody sets out any more. */
  stop(): void {
    this.waiting.clear();
    clearTimeout(this.timer);
  }

  private letGo(): void {
    clearTimeout(this.timer);
    for (const go of [...this.waiting]) {
      if (this.underWay >= this.limits.atOnce) return;
      const pauseMs = this.pauseMs();
      if (pauseMs > 0) {
        this.timer = setTimeout(() => this.letGo(), pauseMs);
        this.timer.unref();
        return;
      }
      this.waiting.delete(go);
      this.underWay += 1;
      this.startedAtMs.push(this.nowMs());
      go();
    }
  }

  /** Until one more may set out within the last minute. */
  private pauseMs(): number {
    const now = this.nowMs();
    while (this.startedAtMs[0] !== undefined && this.startedAtMs[0] <= now - minuteMs) this.startedAtMs.shift();
    const oldest = this.startedAtMs[0];
    if (this.startedAtMs.length < this.limits.perMinute || oldest === undefined) return 0;
    return Math.ceil(oldest + minuteMs - now);
  }
}
