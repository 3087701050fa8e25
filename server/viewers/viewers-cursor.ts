import { z } from 'zod';
import { cursorText, valuesCursor } from '../lib/cursors.js';

/**
 * Where a page of viewers ended, and the moment of the first page: somebody who views the status while a reader pages
 * through the list neither appears twice nor pushes anybody else out of it.
 */
export interface PlaceAmongViewers {
  asOf: number;
  viewedAt: number;
  deliveredAt: number;
  personId: string;
}

export const viewersCursor = valuesCursor({
  asOf: z.int(),
  viewedAt: z.int(),
  deliveredAt: z.int(),
  personId: cursorText(64),
});
