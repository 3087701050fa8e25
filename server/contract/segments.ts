import { z } from 'zod';
import { audienceIdSchema, knownLidSchema, knownNumberSchema, timestampSchema } from './ids.js';
import { tagSchema } from './person-fields.js';

/** How far back a segment may look. */
export const maxSegmentDays = 365;
export const maxSegmentPosts = 365;
/** How many conditions one segment has, those within others counted. */
export const maxConditions = 12;

/** What people do with posts, by which a segment may choose them. */
export const segmentActs = ['viewed', 'liked', 'replied'] as const;
export type SegmentAct = (typeof segmentActs)[number];

function actSchema<Act extends SegmentAct>(type: Act, what: string) {
  return z
    .strictObject({
      type: z.literal(type).meta({ description: what }),
      days: z
        .number()
        .int()
        .min(1)
        .max(maxSegmentDays)
        .optional()
        .meta({ description: 'In so many last days.', example: 30 }),
      posts: z
        .number()
        .int()
        .min(1)
        .max(maxSegmentPosts)
        .optional()
        .meta({ description: 'At least one of so many last posts of the account.', example: 10 }),
    })
    .refine(({ days, posts }) => days === undefined || posts === undefined, 'Give `days` or `posts`, not both.');
}

const conditions = [
  actSchema('viewed', 'Viewed a post; ever, where neither `days` nor `posts` is given.'),
  actSchema('liked', 'Whose reaction a post has; one that was taken back does not count.'),
  actSchema('replied', 'Answered a post.'),
  z.strictObject({
    type: z.literal('never_viewed').meta({
      description: 'Got a post and never viewed any, also where it is not kept any more which posts they got.',
    }),
  }),
  z.strictObject({ type: z.literal('tagged').meta({ description: 'Has this tag.' }), tag: tagSchema }),
  z.strictObject({ type: z.literal('on_list').meta({ description: 'Is on this list.' }), listId: audienceIdSchema }),
] as const;

/** What is said of an input that is no condition. */
function whyNot({ input }: { input?: unknown }): string {
  const type: unknown = typeof input === 'object' && input !== null && 'type' in input ? input.type : undefined;
  if (type === 'clicked') {
    return 'Nobody can be chosen by clicks: they are counted without keeping who clicked. Choose by viewed, liked or replied.';
  }
  if (type === 'all' || type === 'any' || type === 'not') {
    return 'This is nested too deep: `all`, `any` and `not` stand within each other three deep, and within the third there are only conditions, and `not` of one.';
  }
  return 'Say what they did or have: viewed, liked, replied, never_viewed, tagged or on_list; or put conditions together with all, any or not.';
}

function groupsOf<Part extends z.ZodType>(part: Part) {
  const of = z.array(part).min(1).max(maxConditions);
  return [
    z.strictObject({ type: z.literal('all').meta({ description: 'All of these are true.' }), of }),
    z.strictObject({ type: z.literal('any').meta({ description: 'At least one of these is true.' }), of }),
    z.strictObject({ type: z.literal('not').meta({ description: 'This is not true.' }), of: part }),
  ] as const;
}

const plainSchema = z
  .discriminatedUnion('type', [...conditions], { error: whyNot })
  .meta({ id: 'SegmentPlainCondition' });

const conditionSchema = z
  .discriminatedUnion('type', [...conditions, z.strictObject({ type: z.literal('not'), of: plainSchema })], {
    error: whyNot,
  })
  .meta({ id: 'SegmentCondition' });

const innerPartSchema = z
  .discriminatedUnion('type', [...conditions, ...groupsOf(conditionSchema)], { error: whyNot })
  .meta({ id: 'SegmentInnerPart' });

const partSchema = z
  .discriminatedUnion('type', [...conditions, ...groupsOf(innerPartSchema)], { error: whyNot })
  .meta({ id: 'SegmentPart' });

/** People by what they did and by what is known of them. */
export const segmentSchema = z
  .discriminatedUnion('type', [...conditions, ...groupsOf(partSchema)], { error: whyNot })
  .refine(
    (segment) => conditionsOf(segment).length <= maxConditions,
    `A segment has at most ${String(maxConditions)} conditions, those within others counted.`,
  )
  .meta({
    id: 'Segment',
    description:
      'People by what they did with the posts of the account, by their tags and lists. `all`, `any` and `not` put conditions together, ' +
      `within each other up to three deep, for at most ${String(maxConditions)} conditions in all. Who did *not* do something is meant among those whom the account posted to and those whom the segment names by a tag or list.`,
    example: {
      type: 'all',
      of: [
        { type: 'viewed', posts: 10 },
        { type: 'not', of: { type: 'tagged', tag: 'vip' } },
      ],
    },
  });
export type Segment = z.infer<typeof segmentSchema>;

/** A condition that has no others within it. */
export type PlainCondition = z.infer<typeof plainSchema>;
export type SegmentNode =
  PlainCondition | { type: 'all' | 'any'; of: readonly SegmentNode[] } | { type: 'not'; of: SegmentNode };

/** The conditions that have no others within them, in the order in which they stand. */
export function conditionsOf(segment: SegmentNode): PlainCondition[] {
  switch (segment.type) {
    case 'all':
    case 'any':
      return segment.of.flatMap(conditionsOf);
    case 'not':
      return conditionsOf(segment.of);
    default:
      return [segment];
  }
}

/** One person of a segment. */
export const segmentPersonSchema = z.object({
  number: knownNumberSchema.nullable(),
  lid: knownLidSchema.nullable(),
  name: z.string().nullable(),
  lastViewedAt: timestampSchema.nullable(),
});
export type SegmentPerson = z.infer<typeof segmentPersonSchema>;

/** Forms in which the people of a segment come as a file. */
export const segmentFormats = ['csv', 'jsonl'] as const;

/** Body of `POST /api/sessions/:sessionId/segment-export`. */
export const segmentExportBodySchema = z
  .strictObject({ segment: segmentSchema, format: z.enum(segmentFormats).default('csv') })
  .meta({ id: 'SegmentExportBody' });
