export interface TurnsOptions<T> {
  /** Together. */
  atOnce: number;
  /** Of one organization: what is slow there keeps no other's place. */
  atOnceOfOne: number;
  /** What is done one at a time. */
  keyOf: (work: T) => string;
  organizationOf: (work: T) => string;
}

/**
 * Work of many organizations at the same time, and one at a time for each key. The organizations take turns, and each has only
 * so many places. Whoever is busy already is passed over, so that something slow keeps only its own.
 */
export class Turns<T> {
  private readonly busy = new Map<string, { organization: string; done: Promise<void> }>();
  private isStopped = false;

  constructor(private readonly options: TurnsOptions<T>) {}

  /** Whether this organization has no place left now. */
  isFull(organization: string): boolean {
    const { atOnce, atOnceOfOne } = this.options;
    if (this.busy.size >= atOnce) return true;
    return [...this.busy.values()].filter((other) => other.organization === organization).length >= atOnceOfOne;
  }

  /** Resolves when what it began is done; what it passed over comes with the next call. `work` never rejects. */
  async take(wanted: readonly T[], work: (of: T) => Promise<void>): Promise<void> {
    const { keyOf, organizationOf } = this.options;
    const own = new Set<Promise<void>>();
    const waiting = new Map<string, T[]>();
    for (const one of wanted) {
      const organization = organizationOf(one);
      const queue = waiting.get(organization);
      if (queue) queue.push(one);
      else waiting.set(organization, [one]);
    }
    while (waiting.size > 0 && !this.isStopped) {
      const next = this.next(waiting);
      if (next === undefined) {
        // Places that another call has taken are no reason to wait here.
        if (own.size === 0) break;
        await Promise.race(own);
        continue;
      }
      const key = keyOf(next);
      const done = work(next).finally(() => {
        this.busy.delete(key);
        own.delete(done);
      });
      this.busy.set(key, { organization: organizationOf(next), done });
      own.add(done);
    }
    await Promise.all(own);
  }

  /** Begins nothing more, and resolves when nothing is at work. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.allSettled([...this.busy.values()].map(({ done }) => done));
  }

  /** The next one of the organization whose turn it is; undefined when none has a place. */
  private next(waiting: Map<string, T[]>): T | undefined {
    for (const [organization, queue] of waiting) {
      if (this.isFull(organization)) continue;
      let next = queue.shift();
      while (next !== undefined && this.busy.has(this.options.keyOf(next))) next = queue.shift();
      // Behind the others, if it has more.
      waiting.delete(organization);
      if (queue.length > 0) waiting.set(organization, queue);
      if (next !== undefined) return next;
    }
    return undefined;
  }
}
