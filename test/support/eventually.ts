import { setTimeout as delay } from 'node:timers/promises';

export interface EventuallyOptions {
  /** Default 50 s: a machine at load 20 must not fail a test, and a test that passes does not wait. */
  timeoutMs?: number;
  /** What is waited for, for the message. */
  what?: string;
}

/** Asking more often takes the time of what is waited for. */
const longestPauseMs = 50;

/**
 * Calls `attempt` until it neither throws nor returns false, and returns what it returned. Fails with the last failure
 * once the time is over. For what cannot be awaited otherwise.
 */
export async function eventually<T>(attempt: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 50_000, what = 'it' } = options;
  const deadline = Date.now() + timeoutMs;
  let pauseMs = 5;
  let last: unknown = new Error('it stayed false');
  do {
    try {
      const value = await attempt();
      if (value !== false) return value;
    } catch (error) {
      last = error;
    }
    await delay(pauseMs);
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.2);
  } while (Date.now() < deadline);
  throw new Error(
    `Waited ${String(timeoutMs)} ms for ${what}: ${last instanceof Error ? last.message : String(last)}`,
    {
      cause: last,
    },
  );
}
