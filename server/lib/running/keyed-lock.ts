/** Runs work one at a time per key, in the order it was asked for. Different keys do not wait for each other. */
export class KeyedLock {
  private readonly tails = new Map<string, Promise<void>>();

  /** Resolves or rejects as `work` does. A failure does not stop the work that waits behind it. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    let release: () => void = () => undefined;
    const tail = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.tails.set(key, tail);
    await before;
    try {
      return await work();
    } finally {
      if (this.tails.get(key) === tail) this.tails.delete(key);
      release();
    }
  }

  /** Resolves when nothing runs and nothing waits. */
  async drain(): Promise<void> {
    while (this.tails.size > 0) await Promise.all(this.tails.values());
  }

  /** How many keys are busy now. */
  get size(): number {
    return this.tails.size;
  }
}
