import type { AppEvent } from '../contract/events.js';

type ViewersEvent = Extract<AppEvent, { name: 'status-viewers-update' }>;

interface Window {
  timer: NodeJS.Timeout;
  waiting: ViewersEvent | undefined;
}

/** At most four events per second and status. */
export const coalesceWindowMs = 250;

/**
 * Thins out viewer updates: the first of a status goes at once, those that follow within the window become one, with
 * everybody of whom something is new, and the latest counts.
 */
export class ViewersCoalescer {
  private readonly windows = new Map<string, Window>();

  constructor(private readonly deliver: (event: ViewersEvent) => void) {}

  offer(event: ViewersEvent): void {
    const key = event.payload.statusId;
    const window = this.windows.get(key);
    if (!window) {
      this.open(key);
      this.deliver(event);
      return;
    }
    window.waiting = window.waiting ? merge(window.waiting, event) : event;
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

function merge(earlier: ViewersEvent, later: ViewersEvent): ViewersEvent {
  const viewers = byPerson([...earlier.payload.viewers, ...later.payload.viewers]);
  const delivered = byPerson([...earlier.payload.delivered, ...later.payload.delivered]);
  // Who got it and viewed it between two events is a viewer.
  for (const personId of viewers.keys()) delivered.delete(personId);
  return {
    ...later,
    payload: { ...later.payload, viewers: [...viewers.values()], delivered: [...delivered.values()] },
  };
}

/** What was told last of each. */
function byPerson<T extends { personId: string }>(people: readonly T[]): Map<string, T> {
  return new Map(people.map((person) => [person.personId, person]));
}
