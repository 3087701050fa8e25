/** At most four events per second and status. */
export const coalesceWindowMs = 250;

interface OfStatus {
  payload: { statusId: string };
}

interface Window<E> {
  timer: NodeJS.Timeout;
  waiting: E | undefined;
}

/** Thins out what is told of statuses: the first event of each goes at once, those that follow within the window become one. */
export class Coalescer<E extends OfStatus> {
  private readonly windows = new Map<string, Window<E>>();

  constructor(
    private readonly deliver: (event: E) => void,
    private readonly merge: (earlier: E, later: E) => E,
  ) {}

  offer(event: E): void {
    const key = event.payload.statusId;
    const window = this.windows.get(key);
    if (!window) {
      this.open(key);
      this.deliver(event);
      return;
    }
    window.waiting = window.waiting ? this.merge(window.waiting, event) : event;
  }

  /** Delivers what waits, now. */
  flush(): void {
    for (const [key, window] of this.windows) {
      clearTimeout(window.timer);
      this.windows.delete(key);
      if (window.waiting) this.deliver(window.waiting);
    }
  }

  private open(key: string): void {
    const timer = setTimeout(() => {
      const waiting = this.windows.get(key)?.waiting;
      this.windows.delete(key);
      if (!waiting) return;
      this.open(key);
      this.deliver(waiting);
    }, coalesceWindowMs);
    this.windows.set(key, { timer, waiting: undefined });
  }
}
