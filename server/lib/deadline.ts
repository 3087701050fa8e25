/** A wait took longer than it may. The name says which one. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(
    readonly what: string,
    readonly timeoutMs: number,
  ) {
    super(`${what} did not finish within ${String(timeoutMs)} ms.`);
  }
}

/**
 * Settles as `promise` does, or rejects with {@link DeadlineError} after `timeoutMs`, or with the reason of `signal` once
 * that is aborted. The work itself goes on: cancel it where that is possible. A later rejection of `promise` is swallowed,
 * because nobody waits for it any more.
 */
export async function withDeadline<T>(
  promise: Promise<T>,
  timeoutMs: number,
  name: string,
  signal?: AbortSignal,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(name, timeoutMs)), timeoutMs);
    onAbort = () => reject(signal?.reason instanceof Error ? signal.reason : new Error(`${name} was given up.`));
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}
