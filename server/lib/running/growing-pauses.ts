export interface PauseBounds {
  firstMs: number;
  longestMs: number;
}

/** The pause after so many tries (from 1) that came to nothing: twice as long each time, up to the longest. */
export function growingPauseMs(tries: number, { firstMs, longestMs }: PauseBounds): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(tries - 1, 30));
}

export interface Stumble {
  /** In a row, this one included. */
  tries: number;
  pauseMs: number;
  /** The first one, or one for another reason than before: worth a line in the log. */
  isNews: boolean;
}

/**
 * What stumbled, by key, and when it may be tried again. Kept in this process and on its steady clock: a restart tries
 * everything at once, and a clock that is set changes nothing.
 */
export class GrowingPauses {
  /** Who stumbled last comes last. */
  private readonly stumbled = new Map<string, { tries: number; untilMs: number; error: unknown }>();

  constructor(
    private readonly bounds: PauseBounds,
    private readonly nowMs: () => number = () => performance.now(),
    private readonly maxKept = 10_000,
  ) {}

  /** Whether it has to wait. */
  has(key: string): boolean {
    const known = this.stumbled.get(key);
    return known !== undefined && known.untilMs > this.nowMs();
  }

  add(key: string, error: unknown): Stumble {
    const before = this.stumbled.get(key);
    const tries = (before?.tries ?? 0) + 1;
    const pauseMs = growingPauseMs(tries, this.bounds);
    this.stumbled.delete(key);
    this.stumbled.set(key, { tries, untilMs: this.nowMs() + pauseMs, error });
    const [oldest] = this.stumbled.keys();
    if (this.stumbled.size > this.maxKept && oldest !== undefined) this.stumbled.delete(oldest);
    return { tries, pauseMs, isNews: before === undefined || messageOf(before.error) !== messageOf(error) };
  }

  /** What it stumbled over last. */
  errorOf(key: string): unknown {
    return this.stumbled.get(key)?.error;
  }

  /** It went well. */
  delete(key: string): void {
    this.stumbled.delete(key);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
