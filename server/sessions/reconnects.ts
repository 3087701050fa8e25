/** How long a session waits before it connects again. */
export interface ReconnectPauses {
  firstMs: number;
  longestMs: number;
}

/** Tries after which a refusal that may be lasting counts as lasting. */
export const fewAttempts = 5;
/** A connection that lasted this long was a good one: the next loss is the first again. */
export const steadyAfterMs = 60_000;
/** New connections that WhatsApp may ask for in a row before they count as losses. */
const maxAtOnce = 3;

/** What a session has been through since its last good connection, and how long it waits before the next one. */
export class Reconnects {
  private attempts = 0;
  private atOnce = 0;
  private openedAtMs: number | undefined;

  /** `nowMs` is a clock that only goes forward. */
  constructor(
    private readonly pauses: ReconnectPauses,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Somebody wants it to connect: what was before does not count. */
  begin(): void {
    this.attempts = 0;
    this.atOnce = 0;
  }

  opened(): void {
    this.openedAtMs = this.nowMs();
    this.atOnce = 0;
  }

  /** Counts a new connection that WhatsApp asked for; answers whether it begins without a pause, as a few in a row do. */
  mayReconnectAtOnce(): boolean {
    this.atOnce += 1;
    return this.atOnce <= maxAtOnce;
  }

  /** Whether a refusal that may be lasting has come so often that it is. */
  get isLasting(): boolean {
    return this.attempts >= fewAttempts;
  }

  /** Counts a loss; answers how long to wait after it. */
  pauseMs(): number {
    const wasSteady = this.openedAtMs !== undefined && this.nowMs() - this.openedAtMs >= steadyAfterMs;
    if (wasSteady) this.attempts = 0;
    this.openedAtMs = undefined;
    this.attempts += 1;
    return pauseBeforeAttempt(this.attempts, this.pauses);
  }
}

/**
 * The pause before reconnect number `attempt` (from 1): doubling up to the longest, and between half and the whole of it
 * by chance, so that many sessions that lost WhatsApp together do not come back together.
 */
export function pauseBeforeAttempt(
  attempt: number,
  { firstMs, longestMs }: ReconnectPauses,
  random: () => number = Math.random,
): number {
  const whole = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 20));
  return Math.round(whole * (0.5 + random() / 2));
}
