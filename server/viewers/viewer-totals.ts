import type { View, ViewChange } from './view.js';

/** What people do with posts. */
export const acts = ['viewed', 'reacted', 'replied'] as const;
export type Act = (typeof acts)[number];

/** With how many posts somebody did something, when they did it last, and the latest of those posts. Epoch milliseconds. */
export interface ActTotal {
  count: number;
  lastAt: number | null;
  lastPost: string | null;
}

/** What somebody did with all posts of their account together. */
export interface ViewerTotals {
  personId: string;
  firstViewedAt: number | null;
  firstViewedPost: string | null;
  acts: Readonly<Record<Act, ActTotal>>;
  /** When the last post went to them of which it is not kept any more who got it. */
  postedAt: number | null;
}

/** When posts were sent, by their ids. A post of which nobody knows it any more is older than all others. */
export type PostTimes = ReadonlyMap<string, number>;

export function emptyTotals(personId: string): ViewerTotals {
  const none = (): ActTotal => ({ count: 0, lastAt: null, lastPost: null });
  const ofActs = { viewed: none(), reacted: none(), replied: none() };
  return { personId, firstViewedAt: null, firstViewedPost: null, acts: ofActs, postedAt: null };
}

/** Whether the sums of a person change with the row. */
export function changesTotals({ before, after }: ViewChange): boolean {
  return acts.some((act) => timeOf(act, before) !== timeOf(act, after));
}

/**
 * Adds a change to the totals. False when only the views themselves can say what came last and first: something was taken back,
 * or turned out to be earlier.
 */
export function addChange(totals: ViewerTotals, { before, after }: ViewChange, posts: PostTimes): boolean {
  let isKnown = true;
  for (const act of acts) {
    const [was, is] = [timeOf(act, before), timeOf(act, after)];
    const total = totals.acts[act];
    total.count += Number(is !== null) - Number(was !== null);
    if (was === is || after === undefined) continue;
    if (is === null || (was !== null && is < was)) isKnown = false;
    else addLast(total, is, after.statusId, posts);
  }
  if (after && after.viewedAt !== null) {
    addFirst(totals, { firstViewedAt: after.viewedAt, firstViewedPost: after.statusId }, posts);
  }
  return isKnown;
}

/**
 * What came first and last by these views, all there are of the person. Where more was counted than there are, since old views are
 * forgotten, what was known before counts as well.
 */
export function recounted(totals: ViewerTotals, views: readonly View[], posts: PostTimes): ViewerTotals {
  const found = { ...emptyTotals(totals.personId), postedAt: totals.postedAt };
  for (const view of views) addChange(found, { before: undefined, after: view }, posts);
  if (totals.acts.viewed.count > found.acts.viewed.count) addFirst(found, totals, posts);
  for (const act of acts) {
    const { count, lastAt, lastPost } = totals.acts[act];
    if (count > found.acts[act].count) addLast(found.acts[act], lastAt, lastPost, posts);
    found.acts[act].count = count;
  }
  return found;
}

/** Adds those of somebody who turned out to be the same person, and of whom nothing is counted twice. */
export function addTotals(totals: ViewerTotals, gone: ViewerTotals, posts: PostTimes): void {
  for (const act of acts) {
    const { count, lastAt, lastPost } = gone.acts[act];
    totals.acts[act].count += count;
    if (count > 0) addLast(totals.acts[act], lastAt, lastPost, posts);
  }
  if (gone.acts.viewed.count > 0) addFirst(totals, gone, posts);
  if (gone.postedAt !== null) totals.postedAt = Math.max(gone.postedAt, totals.postedAt ?? gone.postedAt);
}

/** Whether nothing is known of the person. */
export function isEmpty({ acts: ofActs, postedAt }: ViewerTotals): boolean {
  return postedAt === null && acts.every((act) => ofActs[act].count === 0);
}

function addFirst(
  totals: ViewerTotals,
  { firstViewedAt, firstViewedPost }: Pick<ViewerTotals, 'firstViewedAt' | 'firstViewedPost'>,
  posts: PostTimes,
): void {
  totals.firstViewedAt = earlier(totals.firstViewedAt, firstViewedAt);
  if (firstViewedPost === null) return;
  if (totals.firstViewedPost === null || isLater(totals.firstViewedPost, firstViewedPost, posts)) {
    totals.firstViewedPost = firstViewedPost;
  }
}

function addLast(total: ActTotal, at: number | null, post: string | null, posts: PostTimes): void {
  if (at !== null && at > (total.lastAt ?? -Infinity)) total.lastAt = at;
  if (post !== null && isLater(post, total.lastPost, posts)) total.lastPost = post;
}

/** By when they were sent, and by id where that is the same moment. */
function isLater(post: string, other: string | null, posts: PostTimes): boolean {
  if (other === null) return true;
  const [at, otherAt] = [posts.get(post) ?? -Infinity, posts.get(other) ?? -Infinity];
  return at === otherAt ? post > other : at > otherAt;
}

function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

/** null: they did not do it, or took it back. */
function timeOf(act: Act, view: View | undefined): number | null {
  if (view === undefined) return null;
  switch (act) {
    case 'viewed':
      return view.viewedAt;
    case 'reacted':
      return view.reaction === null ? null : view.reactedAt;
    case 'replied':
      return view.repliedAt;
  }
}
