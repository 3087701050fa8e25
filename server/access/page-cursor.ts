import { unknownCursor } from '../lib/app-error.js';

/** Where a page ended, in lists that are ordered by time and then id. */
export interface PlaceInList {
  createdAt: number;
  id: string;
}

export function encodePlace({ createdAt, id }: { createdAt: Date; id: string }): string {
  return Buffer.from(`${String(createdAt.getTime())}/${id}`).toString('base64url');
}

/** Throws `validation_error` for what `encodePlace` did not make. */
export function decodePlace(cursor: string | undefined): PlaceInList | undefined {
  if (cursor === undefined) return undefined;
  const [, createdAt, id] = /^(\d{1,15})\/([\w-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || id === undefined) {
    throw unknownCursor(cursor);
  }
  return { createdAt: Number(createdAt), id };
}

/** Cuts the one item too many that tells whether there is another page. */
export function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  placeOf: (row: R) => { createdAt: Date; id: string },
  show: (row: R) => T,
): { items: T[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(show),
    nextCursor: rows.length > limit && last !== undefined ? encodePlace(placeOf(last)) : null,
  };
}
