import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

/** Shorter ones are put together: timers are no finer. */
const shortestSliceMs = 5;
/** A machine that slept meanwhile did not work for so long. */
const longestSliceMs = 100;
/** Several rest one after the other while one of them works: with twice its time, half of all is left to others. */
const restPerWork = 2;

/** When the rest of everybody who works in slices is over. */
let rested: Promise<unknown> = Promise.resolve();

interface SlicesParts {
  /** Milliseconds that only grow. */
  now: () => number;
  wait: (ms: number) => Promise<unknown>;
}

/**
 * Long work on the event loop, cut up so that at least half of the process's time is left to others, however many do such work at
 * the same time. `next` is awaited after every small step.
 */
export class Slices {
  private workedMs = 0;
  private since: number;

  constructor(private readonly parts: SlicesParts = { now: () => performance.now(), wait }) {
    this.since = parts.now();
  }

  /** Lets others run: for a turn, or for as long as the work so far asks for. */
  async next(): Promise<void> {
    this.workedMs += Math.min(this.parts.now() - this.since, longestSliceMs);
    if (this.workedMs < shortestSliceMs) await nextTurn();
    else {
      const restMs = this.workedMs * restPerWork;
      this.workedMs = 0;
      const own = rested.then(() => this.parts.wait(restMs));
      rested = own;
      await own;
    }
    this.since = this.parts.now();
  }
}
