import { z } from 'zod';
import { whyNotText } from '../contract/values/texts.js';
import { unknownCursor } from '../lib/app-error.js';

/**
 * Where a page of viewers ended, and the moment of the first page: somebody who views the status while a reader pages
 * through the list neither appears twice nor pushes anybody else out of it.
 */
export interface ViewersCursor {
  asOf: number;
  viewedAt: number;
  deliveredAt: number;
  personId: string;
}

const idSchema = z
  .string()
  .max(64)
  .refine((text) => whyNotText(text) === undefined);
const partsSchema = z.tuple([z.int(), z.int(), z.int(), idSchema]);

export function encodeCursor({ asOf, viewedAt, deliveredAt, personId }: ViewersCursor): string {
  return Buffer.from(JSON.stringify([asOf, viewedAt, deliveredAt, personId])).toString('base64url');
}

/** Throws `validation_error` for anything that {@link encodeCursor} did not make. */
export function decodeCursor(cursor: string): ViewersCursor {
  const parsed = partsSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (!parsed.success) throw unknownCursor(cursor);
  const [asOf, viewedAt, deliveredAt, personId] = parsed.data;
  return { asOf, viewedAt, deliveredAt, personId };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
