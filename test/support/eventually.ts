import { setTimeout as delay } from 'node:timers/promises';

export interface EventuallyOptions {
  timeoutMs?: number;
  /** What is waited for, for the message. */
  what?: string;
}

/**
 * Calls `attempt` until it neither throws nor returns false, and returns what it returned. Fails with the last failure
 * once the time is over. For what cannot be awaited otherwise.
 */
export async function eventually<T>(attempt: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 5_000, what = 'it' } = options;
  const deadline = Date.now() + timeoutMs;
  let last: unknown = new Error('it stayed false');
  do {
    try {
      const value = await attempt();
      if (value !== false) return value;
    } catch (error) {
      last = error;
    }
    await delay(10);
  } while (Date.now() < deadline);
  throw new Error(
    `Waited ${String(timeoutMs)} ms for ${what}: ${last instanceof Error ? last.message : String(last)}`,
    {
      cause: last,
    },
  );
}
