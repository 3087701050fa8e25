import { z } from 'zod';
import { pageQuerySchema } from './envelope.js';
import { knownLidSchema, knownNumberSchema, timestampSchema } from './ids.js';

/** One person and what is known of them for one status. `number` is null while only the LID is known. */
export const viewerSchema = z
  .object({
    personId: z.string(),
    number: knownNumberSchema.nullable(),
    lid: knownLidSchema.nullable(),
    name: z.string().nullable(),
    deliveredAt: timestampSchema.nullable(),
    viewedAt: timestampSchema.nullable().meta({
      description:
        'Whoever reacted has viewed it, also where read receipts are off: then this is when the reaction came.',
    }),
    reaction: z.string().nullable().meta({
      description:
        'The emoji of the last reaction (a like is 💚); null when there was none, and after it was taken back.',
    }),
    replied: z.boolean().meta({ description: 'Replies are not read yet: always false.' }),
  })
  .meta({ id: 'Viewer' });
export type Viewer = z.infer<typeof viewerSchema>;

/** Which people of a status a list of viewers shows. */
export const viewerFilters = ['viewed', 'delivered', 'missed', 'all'] as const;

export const listViewersQuerySchema = pageQuerySchema.extend({
  search: z.string().max(100).optional().meta({ description: 'Part of a name or number.' }),
  only: z
    .enum(viewerFilters)
    .default('viewed')
    .meta({
      description:
        '`viewed`: who is known to have viewed it. `delivered`: whom it reached, viewers too. `missed`: who is not known to have ' +
        'viewed it. `all`: everybody it was meant for, and whoever else viewed it.',
    }),
});
export type ListViewersQuery = z.infer<typeof listViewersQuerySchema>;
