/** What the simulator's people go by. Tests that spread views over hours bring their own. */
export interface SimulatorClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Does the work once so much time has passed, unless it is cancelled before. Keeps no process alive. */
  after(delayMs: number, work: () => void): () => void;
}

export const realClock: SimulatorClock = {
  now: () => Date.now(),
  after: (delayMs, work) => {
    const timer = setTimeout(work, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
