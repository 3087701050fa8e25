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
        'Whoever reacted or answered has viewed it, also where read receipts are off: then this is when that came.',
    }),
    reaction: z.string().nullable().meta({
      description:
        'The emoji of the last reaction (a like is 💚); null when there was none, and after it was taken back.',
    }),
    replied: z.boolean().meta({ description: 'Whether they answered it; what they wrote is among the replies.' }),
  })
  .meta({ id: 'Viewer' });
export type Viewer = z.infer<typeof viewerSchema>;

/** Which people of a status a list of viewers shows. */
export const viewerFilters = ['viewed', 'delivered', 'missed', 'liked', 'replied', 'all'] as const;

/** What a list of viewers comes as: pages, or everybody in one file. */
export const viewerFormats = ['json', 'csv', 'jsonl'] as const;

export const listViewersQuerySchema = pageQuerySchema.extend({
  // Longer than elsewhere: it may hold the beginning of a name.
  cursor: z.string().max(600).optional(),
  search: z.string().max(100).optional().meta({ description: 'Part of a name or number.' }),
  only: z
    .enum(viewerFilters)
    .default('viewed')
    .meta({
      description:
        '`viewed`: who is known to have viewed it. `delivered`: whom it reached, viewers too. `missed`: to whom it was sent, and who ' +
        'is neither known to have it nor to have viewed it. `liked`: whose reaction it has. `replied`: who answered it. `all`: everybody it was meant for, and whoever else viewed it.',
    }),
  sort: z.enum(['viewedAt', 'deliveredAt', 'name']).optional().meta({
    description: '`viewedAt` unless it is given. People without such a time, or without a name, come last.',
  }),
  order: z.enum(['asc', 'desc']).optional().meta({
    description: 'Unless it is given, the latest time comes first, and names go from A to Z.',
  }),
  format: z
    .enum(viewerFormats)
    .default('json')
    .meta({
      description:
        '`csv` and `jsonl` (one JSON object per line) give everybody in one file, whatever `limit` says. Cells of CSV that a spreadsheet ' +
        'would run as formulas are escaped.',
    }),
});
export type ListViewersQuery = z.infer<typeof listViewersQuerySchema>;
