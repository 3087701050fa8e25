import { z } from 'zod';
import { sessionIdSchema, statusIdSchema, timestampSchema } from '../ids.js';
import { statusTypeSchema } from '../statuses.js';
import { analyticsNoteSchema, funnelRatesSchema, funnelSchema } from './analytics.js';

/** How many posts stand beside each other. */
export const maxComparedPosts = 10;
/** The age at which they are compared, at the most: WhatsApp shows a post for a day, and receipts may come later. */
export const maxComparedHours = 48;

export const postComparisonQuerySchema = z.object({
  statusIds: z
    .string()
    .max(1_000)
    .transform((text) => [...new Set(text.split(',').map((id) => id.trim()))])
    .pipe(
      z
        .array(statusIdSchema)
        .min(2, 'Name at least two statuses.')
        .max(maxComparedPosts, `At most ${String(maxComparedPosts)} statuses are compared at once.`),
    )
    .meta({
      description: `Ids of 2 to ${String(maxComparedPosts)} statuses that went out, with commas between them; of any account that the key may see.`,
      example: '01J9ZX8K2QHV0M3T6R7P4N5W8C,01J9ZX8K2QHV0M3T6R7P4N5W8D',
    }),
  hours: z.coerce.number().int().min(1).max(maxComparedHours).default(24).meta({
    description:
      'At which age they are compared: what people did in so many hours after each went out. Where one is younger, at its age.',
  }),
});
export type PostComparisonQuery = z.infer<typeof postComparisonQuerySchema>;

export const comparedPostSchema = z
  .object({
    sessionId: sessionIdSchema,
    sessionName: z.string(),
    statusId: statusIdSchema,
    type: statusTypeSchema,
    sentAt: timestampSchema,
    funnel: funnelSchema.meta({ description: 'What people had done at this age.' }),
    rates: funnelRatesSchema,
    viewedByHour: z
      .array(z.number().int().min(0))
      .meta({ description: 'How many had viewed it an hour after it went out, two hours after, and so on.' }),
  })
  .meta({ id: 'ComparedPost' });
export type ComparedPost = z.infer<typeof comparedPostSchema>;

export const postComparisonSchema = z
  .object({
    ageMinutes: z.number().int().min(0).meta({
      description:
        'The age of all of them: `hours`, or that of the youngest. Numbers are exact to within 8 minutes of it.',
      example: 1440,
    }),
    posts: z.array(comparedPostSchema).meta({ description: 'In the order in which they were named.' }),
    notes: z.array(analyticsNoteSchema),
  })
  .meta({ id: 'PostComparison' });
export type PostComparison = z.infer<typeof postComparisonSchema>;
