import { funnelSteps } from '../contract/analytics/analytics.js';
import { maxReachGroups, type ReachGrouping } from '../contract/analytics/reach-analytics.js';
import type { PlainCondition, Segment, SegmentNode } from '../contract/segments.js';
import type { PostsSums } from './posts-sums.js';

/** What posts with one audience reached together. Null where the audience is no list, or no segment. */
export type AudienceSums = PostsSums & { listId: string | null; segment: string | null };

/** What posts of one group reached together; without a key, of those that are in none. */
export type KeyedSums = PostsSums & { key: string | null };

/** The sums by list, tag or segment, each as often as posts name several. */
export function byAudience(
  by: Exclude<ReachGrouping, 'type' | 'template'>,
  rows: readonly AudienceSums[],
): KeyedSums[] {
  const groups = new Map<string | null, KeyedSums>();
  for (const { listId, segment, ...sums } of rows) {
    const keys = keysOf(by, listId, segment);
    for (const key of keys.length === 0 ? [null] : keys) {
      const group = groups.get(key);
      groups.set(key, { ...(group ? together(group, sums) : sums), key });
    }
  }
  return [...groups.values()];
}

/** The groups that are shown, the most viewed first, and those who are in none. */
export function shownGroups(sums: readonly KeyedSums[]): { groups: (PostsSums & { key: string })[]; rest: PostsSums } {
  const groups = sums.flatMap(({ key, ...some }) => (key === null ? [] : [{ key, ...some }]));
  groups.sort((one, other) => other.viewed - one.viewed || other.posts - one.posts || (one.key < other.key ? -1 : 1));
  const rest = sums.filter(({ key }) => key === null);
  return {
    groups: groups.slice(0, maxReachGroups),
    rest: rest.reduce<PostsSums>((sum, { key: _none, ...more }) => together(sum, more), noPosts()),
  };
}

function keysOf(by: 'list' | 'tag' | 'segment', listId: string | null, segment: string | null): string[] {
  if (by === 'segment') return segment === null ? [] : [segment];
  const named = segment === null ? [] : namedIn(JSON.parse(segment) as Segment);
  const keys = named.flatMap((condition) => {
    if (by === 'tag') return condition.type === 'tagged' ? condition.tag : [];
    return condition.type === 'on_list' ? condition.listId : [];
  });
  if (by === 'list' && listId !== null) keys.push(listId);
  return [...new Set(keys)];
}

/** The conditions by which people are in it, not those by which they are out. */
function namedIn(node: SegmentNode): PlainCondition[] {
  switch (node.type) {
    case 'all':
    case 'any':
      return node.of.flatMap(namedIn);
    case 'not':
      return [];
    default:
      return [node];
  }
}

function noPosts(): PostsSums {
  return { posts: 0, targeted: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 };
}

function together(one: PostsSums, other: PostsSums): PostsSums {
  const sum = { ...one, posts: one.posts + other.posts };
  for (const step of funnelSteps) sum[step] += other[step];
  return sum;
}
