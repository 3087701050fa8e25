/**
 * Work for many at the same time, and one at a time for each of them. Whoever is busy already is passed over, so that
 * something slow keeps only its own.
 */
export class Turns {
  private readonly busy = new Map<string, Promise<void>>();
  private isStopped = false;

  constructor(private readonly atOnce: number) {}

  /** Resolves when what it began is done; what it passed over comes with the next call. */
  async take<T>(wanted: ReadonlyMap<string, T>, work: (of: T) => Promise<void>): Promise<void> {
    const own = new Set<Promise<void>>();
    for (const [key, of] of wanted) {
      if (this.busy.has(key)) continue;
      while (this.busy.size >= this.atOnce && own.size > 0) await Promise.race(own);
      if (this.busy.size >= this.atOnce || this.isStopped) break;
      const turn = work(of).finally(() => {
        this.busy.delete(key);
        own.delete(turn);
      });
      this.busy.set(key, turn);
      own.add(turn);
    }
    await Promise.all(own);
  }

  /** Begins nothing more, and resolves when nothing is at work. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.allSettled(this.busy.values());
  }
}
