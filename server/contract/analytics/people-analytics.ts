import { z } from 'zod';
import { pageQuerySchema } from '../envelope.js';
import { knownLidSchema, knownNumberSchema, timestampSchema } from '../ids.js';
import { maxSegmentPosts } from '../segments.js';

/** By what people are listed. */
export const peopleKinds = ['loyal', 'new', 'lost'] as const;
export type PeopleKind = (typeof peopleKinds)[number];

export const viewingPersonSchema = z
  .object({
    personId: z.string(),
    number: knownNumberSchema.nullable(),
    lid: knownLidSchema.nullable(),
    name: z.string().nullable(),
    viewed: z.number().int().meta({ description: 'How many posts of the account they are known to have viewed.' }),
    reacted: z.number().int().meta({ description: 'How many of these have their reaction.' }),
    replied: z.number().int().meta({ description: 'How many they answered.' }),
    firstViewedAt: timestampSchema.nullable(),
    lastViewedAt: timestampSchema.nullable(),
  })
  .meta({ id: 'ViewingPerson' });
export type ViewingPerson = z.infer<typeof viewingPersonSchema>;

export const listViewingPeopleQuerySchema = pageQuerySchema.extend({
  kind: z.enum(peopleKinds).meta({
    description:
      '`loyal`: who viewed one of the last posts, those who viewed the most posts first. `new`: the first post that they viewed is one of the last, those who came last first. ' +
      '`lost`: who viewed posts before and none of the last ones, although at least one of these was for them; who went last comes first.',
  }),
  posts: z.coerce
    .number()
    .int()
    .min(1)
    .max(maxSegmentPosts)
    .default(10)
    .meta({ description: 'How many posts of the account are the last ones.' }),
  search: z.string().max(100).optional().meta({ description: 'Part of a name or number.' }),
  format: z.enum(['json', 'csv', 'jsonl']).default('json').meta({
    description:
      '`csv` and `jsonl` (one JSON object per line) give everybody in one file, whatever `limit` says. Cells of CSV that a spreadsheet would run as formulas are escaped.',
  }),
});
export type ListViewingPeopleQuery = z.infer<typeof listViewingPeopleQuerySchema>;
