/** Where the time comes from. Tests that are about time put their own here. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
