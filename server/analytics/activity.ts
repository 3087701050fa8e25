import type { View, ViewChange } from '../viewers/view.js';

/** Sums are kept by the quarter of an hour, counted from 1970 in UTC. */
export const quarterMs = 15 * 60_000;

/** What is summed, and when one person did it. */
const timesOf = {
  delivered: (view: View) => view.deliveredAt,
  viewed: (view: View) => view.viewedAt,
  reacted: (view: View) => (view.reaction === null ? null : view.reactedAt),
  replied: (view: View) => view.repliedAt,
} as const;

export type SummedKind = keyof typeof timesOf;
export const summedKinds = Object.keys(timesOf) as SummedKind[];

/** How many people did each; in a change, how many more, or fewer. */
export type Sums = Record<SummedKind, number>;

export type QuarterSums = Sums & { statusId: string; quarter: number };

/** What is told over time: sums of what people did, and of clicks, which are counted without knowing who they are. */
export const activityKinds = [...summedKinds, 'clicked'] as const;
export type ActivityKind = (typeof activityKinds)[number];
export type ActivitySums = Record<ActivityKind, number>;

export function noSums(): Sums {
  return { delivered: 0, viewed: 0, reacted: 0, replied: 0 };
}

export function noActivity(): ActivitySums {
  return { ...noSums(), clicked: 0 };
}

export function addActivity(sum: ActivitySums, more: ActivitySums): void {
  for (const kind of activityKinds) sum[kind] += more[kind];
}

export function quarterOf(at: number): number {
  return Math.floor(at / quarterMs);
}

/**
 * What the changes add to each quarter of each status, or take from it: a time that was put right leaves one quarter for another,
 * whoever turns out to be somebody else leaves theirs. Only what changes something.
 */
export function sumsOfChanges(changes: readonly ViewChange[]): QuarterSums[] {
  const sums = new Map<string, QuarterSums>();
  const add = (view: View | undefined, one: 1 | -1): void => {
    if (!view) return;
    for (const kind of summedKinds) {
      const at = timesOf[kind](view);
      if (at === null) continue;
      const quarter = quarterOf(at);
      const key = `${view.statusId} ${String(quarter)}`;
      const sum = sums.get(key) ?? { statusId: view.statusId, quarter, ...noSums() };
      sum[kind] += one;
      sums.set(key, sum);
    }
  };
  for (const { before, after } of changes) {
    add(before, -1);
    add(after, 1);
  }
  return [...sums.values()].filter((sum) => summedKinds.some((kind) => sum[kind] !== 0));
}
