import { z } from 'zod';
import { segmentActs, segmentSchema } from '../../../server/contract/segments.js';
import type { Segment, SegmentAct } from '../../../server/contract/segments.js';

/** The choice of a segment, as a draft keeps it. */
export const segmentChoiceShape = {
  /** `lost`: they viewed before, and not in the time that is chosen. `other`: more than can be picked here. */
  segment: z.enum([...segmentActs, 'lost', 'never_viewed', 'tagged', 'other']),
  viewedDays: z.number(),
  /** With one of so many last posts; 0: in the last days. */
  viewedPosts: z.number().default(0),
  tag: z.string(),
  otherSegment: segmentSchema.nullable().default(null),
};
type SegmentChoice = { [Field in keyof typeof segmentChoiceShape]: z.output<(typeof segmentChoiceShape)[Field]> };

export const emptySegmentChoice: SegmentChoice = {
  segment: 'viewed',
  viewedDays: 7,
  viewedPosts: 0,
  tag: '',
  otherSegment: null,
};

/** What the API is asked for; null while something is missing. */
export function segmentOf({ segment, viewedDays, viewedPosts, tag, otherSegment }: SegmentChoice): Segment | null {
  const lately = viewedPosts > 0 ? { posts: viewedPosts } : { days: viewedDays };
  switch (segment) {
    case 'lost':
      return { type: 'all', of: [{ type: 'viewed' }, { type: 'not', of: { type: 'viewed', ...lately } }] };
    case 'never_viewed':
      return { type: segment };
    case 'tagged':
      return tag === '' ? null : { type: segment, tag };
    case 'other':
      return otherSegment;
    default:
      return { type: segment, ...lately };
  }
}

/** How a segment was picked; one that cannot be picked stays as it is. */
export function segmentChoiceOf(segment: Segment): SegmentChoice {
  if (segment.type === 'never_viewed') return { ...emptySegmentChoice, segment: segment.type };
  if (segment.type === 'tagged') return { ...emptySegmentChoice, segment: segment.type, tag: segment.tag };
  const act = latelyOf(segment);
  if (act) return { ...emptySegmentChoice, ...act };
  if (segment.type === 'all') {
    const [viewed, not, ...more] = segment.of;
    const isEver = viewed?.type === 'viewed' && viewed.days === undefined && viewed.posts === undefined;
    const lately = not?.type === 'not' && more.length === 0 && isEver ? latelyOf(not.of) : undefined;
    if (lately?.segment === 'viewed') return { ...emptySegmentChoice, ...lately, segment: 'lost' };
  }
  return { ...emptySegmentChoice, segment: 'other', otherSegment: segment };
}

function latelyOf(segment: {
  type: string;
  days?: number | undefined;
  posts?: number | undefined;
}): { segment: SegmentAct; viewedDays: number; viewedPosts: number } | undefined {
  const act = segmentActs.find((each) => each === segment.type);
  const { days, posts } = segment;
  if (act === undefined || (days === undefined && posts === undefined)) return undefined;
  return { segment: act, viewedDays: days ?? emptySegmentChoice.viewedDays, viewedPosts: posts ?? 0 };
}
