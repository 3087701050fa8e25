import { setImmediate as nextTurn } from 'node:timers/promises';

const turnMs = 20;

/** Lets the event loop breathe between native calls, which hold it, and notices when the work is called off. */
export class Turns {
  private begunAt = performance.now();

  constructor(private readonly signal: AbortSignal) {}

  /** Whether the caller should wait for {@link next}: asking costs nothing, waiting does. */
  get isOver(): boolean {
    return performance.now() - this.begunAt > turnMs;
  }

  /** Throws the signal's reason when it is aborted. */
  async next(): Promise<void> {
    await nextTurn();
    this.signal.throwIfAborted();
    this.begunAt = performance.now();
  }
}
