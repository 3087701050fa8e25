/** One turn at a time for each key; a turn that is asked for during another one of its key follows it. */
export class KeyedTurns {
  private readonly turns = new Map<string, Promise<void>>();
  private readonly askedAgain = new Set<string>();

  /** `take` handles its failures: what it rejects with is nobody's. */
  constructor(private readonly take: (key: string) => Promise<void>) {}

  ask(key: string): void {
    if (this.turns.has(key)) {
      this.askedAgain.add(key);
      return;
    }
    const turn = this.take(key).finally(() => {
      this.turns.delete(key);
      if (this.askedAgain.delete(key)) this.ask(key);
    });
    this.turns.set(key, turn);
  }

  has(key: string): boolean {
    return this.turns.has(key);
  }

  /** Resolves when no turn is taken, also of those that were asked for meanwhile. */
  async drain(): Promise<void> {
    while (this.turns.size > 0) await Promise.all(this.turns.values());
  }

  /** The same, but waits no longer than that. */
  async drainWithin(graceMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([this.drain(), grace]);
    clearTimeout(timer);
  }
}
