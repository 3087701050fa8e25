export interface CountedWindow {
  count: number;
  /** Until it is over. */
  leftMs: number;
}

/**
 * Counts what happens by key, in windows that begin with the first time. On the steady clock of this process: whoever was counted
 * while the system's clock was ahead does not wait for the time that it showed.
 */
export class CountingWindows {
  /** All last equally long, so that the first to end comes first. */
  private readonly windows = new Map<string, { count: number; endsAtMs: number }>();

  constructor(
    private readonly windowMs: number,
    /** When there are more, the one that began first is forgotten. */
    private readonly maxKept = Infinity,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** One more. */
  count(key: string): CountedWindow {
    this.forgetEnded();
    const window = this.windows.get(key) ?? { count: 0, endsAtMs: this.nowMs() + this.windowMs };
    window.count += 1;
    this.windows.set(key, window);
    const [first] = this.windows.keys();
    if (this.windows.size > this.maxKept && first !== undefined) this.windows.delete(first);
    return this.counted(window);
  }

  /** One less: the last one is to count for nothing. */
  takeBack(key: string): void {
    const window = this.windows.get(key);
    if (window && window.count > 0) window.count -= 1;
  }

  /** The window that goes on; undefined when there is none. */
  find(key: string): CountedWindow | undefined {
    this.forgetEnded();
    const window = this.windows.get(key);
    return window && this.counted(window);
  }

  forget(key: string): void {
    this.windows.delete(key);
  }

  clear(): void {
    this.windows.clear();
  }

  private counted({ count, endsAtMs }: { count: number; endsAtMs: number }): CountedWindow {
    return { count, leftMs: endsAtMs - this.nowMs() };
  }

  private forgetEnded(): void {
    const now = this.nowMs();
    for (const [key, { endsAtMs }] of this.windows) {
      if (endsAtMs > now) return;
      this.windows.delete(key);
    }
  }
}
