import { z } from 'zod';
import { cursorText, valuesCursor, type CursorForm } from '../lib/cursors.js';
import { Pages } from '../lib/page.js';
import type { ViewersOrder } from './viewers-order.js';

/**
 * Where a page of viewers ended, and the moment of the first page: somebody who views the status while a reader pages
 * through the list neither appears twice nor pushes anybody else out of it.
 */
export interface PlaceAmongViewers {
  asOf: number;
  /** What the list is ordered by. */
  first: number | string;
  second: number;
  personId: string;
}

export const latestViewFirst: CursorForm<PlaceAmongViewers> = valuesCursor({
  asOf: z.int(),
  first: z.int(),
  second: z.int(),
  personId: cursorText(64),
});

/** The pages of a list in this order. A cursor of another order is none of it. */
export function pagesIn({ sort, order }: ViewersOrder): Pages<PlaceAmongViewers> {
  if (sort === 'viewedAt' && order === 'desc') return new Pages(latestViewFirst);
  const by = `${sort} ${order}`;
  const form = valuesCursor({
    by: z.literal(by),
    asOf: z.int(),
    first: sort === 'name' ? cursorText(200) : z.int(),
    second: z.int(),
    personId: cursorText(64),
  });
  return new Pages({ write: (place) => form.write({ by, ...place }), read: (cursor) => form.read(cursor) });
}
