import { AsyncLocalStorage } from 'node:async_hooks';

interface Scope {
  signal: AbortSignal | undefined;
}

const scopes = new AsyncLocalStorage<Scope>();

/** Whoever asked went away before the answer was there: nobody needs it. */
export class CallerLeft extends Error {
  override readonly name = 'CallerLeft';

  constructor() {
    super('The caller left before the answer was there.');
  }
}

/**
 * Does `work` for a caller; once `gone` is aborted, what it reads from the database ends there. Only for work that reads and whose
 * outcome nobody else waits for. What it leaves running is not concerned.
 */
export async function forCaller<T>(gone: AbortSignal, work: () => Promise<T>): Promise<T> {
  const scope: Scope = { signal: gone };
  try {
    return await scopes.run(scope, work);
  } finally {
    scope.signal = undefined;
  }
}

/** Aborted once the caller for whom this is done has left; undefined where nobody in particular waits. */
export function callerGone(): AbortSignal | undefined {
  return scopes.getStore()?.signal;
}
