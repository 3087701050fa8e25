/**
 * Resolves once `matches` is true, which is asked now and whenever `follow` wakes it, or after the time, or when the caller
 * goes away. A rejection of `matches` is passed on.
 */
export async function nextMatch(
  follow: (wake: () => void) => () => void,
  matches: () => Promise<boolean>,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const state = { isOver: signal?.aborted === true, isWoken: false, wakeUp: (): void => undefined };
  const wake = (): void => {
    state.isWoken = true;
    state.wakeUp();
  };
  const end = (): void => {
    state.isOver = true;
    wake();
  };
  const timer = setTimeout(end, timeoutMs);
  signal?.addEventListener('abort', end);
  const unfollow = follow(wake);
  try {
    while (!(await matches()) && !state.isOver) {
      if (!state.isWoken) await new Promise<void>((resolve) => (state.wakeUp = resolve));
      state.isWoken = false;
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    unfollow();
  }
}
