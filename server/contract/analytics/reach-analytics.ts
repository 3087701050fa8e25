import { z } from 'zod';
import { analyticsNoteSchema, analyticsQuerySchema, reachSchema } from './analytics.js';
import { timestampSchema } from '../ids.js';
import { segmentSchema } from '../segments.js';
import { knownTimeZoneSchema } from '../values/time-zone.js';

/** By what posts are put together. */
export const reachGroupings = ['list', 'tag', 'segment', 'type', 'template'] as const;
export type ReachGrouping = (typeof reachGroupings)[number];

/** How many groups one answer has. */
export const maxReachGroups = 100;
/** How many different audiences are looked at for lists, tags and segments. */
export const maxReachAudiences = 2_000;

export const reachAnalyticsQuerySchema = analyticsQuerySchema.extend({
  by: z.enum(reachGroupings).meta({
    description:
      '`list`, `tag`: those that the audience of a post names, also within a segment, but not under `not`; a post that names two is in both groups. ' +
      '`segment`: posts for the same segment. `type`: text, image, video, audio (voice) or url. `template`: what the post was made from (`templateId`).',
  }),
  format: z.enum(['json', 'csv']).default('json').meta({ description: '`csv` gives a line for each group.' }),
});
export type ReachAnalyticsQuery = z.infer<typeof reachAnalyticsQuerySchema>;

export const reachGroupSchema = reachSchema
  .extend({
    key: z.string().meta({
      description: 'The id of the list or template, the tag, the type, or the segment as text.',
      example: '01J9ZX8K2QHV0M3T6R7P4N5W8C',
    }),
    name: z.string().nullable().meta({
      description:
        'Of a list or template; null where it is deleted, where there are no names, and for the key of one session.',
      example: 'Regulars',
    }),
    segment: segmentSchema.nullable().meta({ description: 'Of posts for a segment: the segment.' }),
  })
  .meta({ id: 'ReachGroup' });
export type ReachGroup = z.infer<typeof reachGroupSchema>;

export const reachAnalyticsSchema = z
  .object({
    from: timestampSchema,
    to: timestampSchema,
    timeZone: knownTimeZoneSchema,
    by: z.enum(reachGroupings),
    groups: z.array(reachGroupSchema).meta({
      description:
        `The most viewed first, at most ${String(maxReachGroups)}. Of lists, tags and segments those of the ` +
        `${maxReachAudiences.toLocaleString('en-GB')} audiences of which posts were viewed most.`,
    }),
    rest: reachSchema.meta({ description: 'Posts that belong to no group: those for all contacts, for example.' }),
    notes: z.array(analyticsNoteSchema),
  })
  .meta({ id: 'ReachAnalytics' });
export type ReachAnalytics = z.infer<typeof reachAnalyticsSchema>;
