import { setImmediate as nextTurn } from 'node:timers/promises';

/** Long work is cut into turns of this length, so that sockets and timers are served in between. */
const turnMs = 10;

/** Lets the event loop breathe: awaiting `breathe()` gives way once the current turn has lasted long enough. */
export class Breather {
  private turnStartedAt = performance.now();
  private waiting: Promise<void> | null = null;

  breathe(): Promise<void> {
    if (performance.now() - this.turnStartedAt < turnMs) return Promise.resolve();
    this.waiting ??= nextTurn().then(() => {
      this.turnStartedAt = performance.now();
      this.waiting = null;
    });
    return this.waiting;
  }
}
