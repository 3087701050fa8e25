const waiting: (() => void)[] = [];

function admitNext(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(admitNext);
}

/**
 * Resolves when it is the caller's turn to hold the event loop for one slice. Between two slices of this process, whoever
 * they belong to, the loop goes round once: ten posts at work block it no longer at a stretch than one.
 */
export function nextLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(admitNext);
  });
}
