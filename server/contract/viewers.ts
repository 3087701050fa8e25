import { z } from 'zod';
import { pageQuerySchema } from './envelope.js';
import { timestampSchema } from './ids.js';

/** One person and what is known of them for one status. `number` is null while only the LID is known. */
export const viewerSchema = z
  .object({
    personId: z.string(),
    number: z.string().nullable(),
    lid: z.string().nullable(),
    name: z.string().nullable(),
    deliveredAt: timestampSchema.nullable(),
    viewedAt: timestampSchema.nullable(),
    reaction: z.string().nullable(),
    replied: z.boolean(),
  })
  .meta({ id: 'Viewer' });
export type Viewer = z.infer<typeof viewerSchema>;

export const listViewersQuerySchema = pageQuerySchema.extend({
  search: z.string().max(100).optional().meta({ description: 'Part of a name or number.' }),
  only: z.enum(['viewed', 'delivered', 'all']).default('all').meta({
    description:
      'Those known to have viewed it, those whom it reached (viewers too), or everybody it was meant for as well.',
  }),
});
export type ListViewersQuery = z.infer<typeof listViewersQuerySchema>;
