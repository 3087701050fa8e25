/** Lets so many pieces of work go on at a time. The others wait, in the order in which they asked. */
export class Limit {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly max: number) {}

  /** Resolves or rejects as `work` does, which must come to an end by itself. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.max) this.running += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Whoever waits takes the place over, so that nobody who asks in this moment comes before them.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
