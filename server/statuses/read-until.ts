import type { AppEvent } from '../contract/events.js';
import type { EventBus } from '../events/event-bus.js';

/** How long somebody waits for an outcome. */
export interface Waiting {
  waitMs: number;
  /** Aborted when nobody waits any more. */
  signal?: AbortSignal;
}

/** What is waited for. */
export interface Awaited<T> {
  read: () => Promise<T>;
  isDone: (read: T) => boolean;
  /** Whether this event may have made it so. */
  isNews: (event: AppEvent) => boolean;
}

/** Not everything that ends a waiting is told by an event. */
const lookAgainMs = 1_000;

/** What is read once it is done, or when the time is over or nobody waits any more. */
export async function readUntil<T>(
  bus: Pick<EventBus, 'subscribe'>,
  { waitMs, signal }: Waiting,
  { read, isDone, isNews }: Awaited<T>,
): Promise<T> {
  const deadline = performance.now() + waitMs;
  let lookAgain: () => void = () => undefined;
  const look = () => {
    lookAgain();
  };
  const unsubscribe = bus.subscribe((event) => {
    if (isNews(event)) look();
  });
  signal?.addEventListener('abort', look);
  try {
    for (;;) {
      // From before the reading, so that nothing that happens meanwhile is missed.
      const news = new Promise<void>((resolve) => (lookAgain = resolve));
      const result = await read();
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || signal?.aborted === true || isDone(result)) return result;
      const timer = setTimeout(look, Math.min(leftMs, lookAgainMs));
      await news;
      clearTimeout(timer);
    }
  } finally {
    unsubscribe();
    signal?.removeEventListener('abort', look);
  }
}
