import { z } from 'zod';
import { timestampSchema } from './ids.js';

/** Paging of every list: `limit` at most 500, `cursor` opaque and taken from the previous page's `meta.nextCursor`. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional(),
});
export type PageQuery = z.infer<typeof pageQuerySchema>;

export const pageMetaSchema = z
  .object({
    total: z.number().int().nonnegative(),
    nextCursor: z.string().nullable().meta({ description: 'null on the last page.' }),
    peopleForgottenAt: timestampSchema.optional().meta({
      description:
        'Only of lists of people of one status of which it is not kept any more who they were: since when. The list is empty then, and ' +
        '`counts` of the status say how many there were.',
    }),
  })
  .meta({ id: 'PageMeta' });
export type PageMeta = z.infer<typeof pageMetaSchema>;

/** One page of a list, before it is wrapped in the success envelope. */
export interface Page<T> {
  items: T[];
  total: number;
  nextCursor: string | null;
  /** Set where it is not kept any more who is on the list: since when. */
  peopleForgottenAt?: string | undefined;
}

/** The success envelope around one object. */
export function successOf<T extends z.ZodType>(data: T) {
  return z.object({ success: z.literal(true), data });
}

/** The success envelope around one page of objects. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ success: z.literal(true), data: z.array(item), meta: pageMetaSchema });
}

export interface Success<T> {
  success: true;
  data: T;
  meta?: PageMeta;
}
