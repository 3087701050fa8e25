import { quoted } from '../contract/values/quoted.js';
import { validationError } from './app-error.js';
import type { CursorForm } from './cursors.js';

/** What a store is asked for: at most so many records, those behind a place in the order. */
export interface WantedPage<Place> {
  limit: number;
  after: Place | undefined;
}

/** The pages of one list: from what a request asks for to what a store reads, and from that to what is answered. */
export class Pages<Place> {
  constructor(private readonly form: CursorForm<Place>) {}

  /** One record more than a page has tells whether others follow. Throws as {@link placeOf} does. */
  wanted({ limit, cursor }: { limit: number; cursor?: string | undefined }): WantedPage<Place> {
    return { limit: limit + 1, after: this.placeOf(cursor) };
  }

  /** Throws `validation_error` for a cursor that no page of the list gave. */
  placeOf(cursor: string | undefined): Place | undefined {
    if (cursor === undefined) return undefined;
    const place = this.form.read(cursor);
    if (place !== undefined) return place;
    const remedy = 'Take it whole from `nextCursor` of the page before.';
    throw validationError('cursor', `The cursor ${quoted(cursor)} is none of this list. ${remedy}`);
  }

  /** Without what was read beyond the limit. */
  cut<R>(
    records: readonly R[],
    { limit }: { limit: number },
    placeOf: (last: R) => Place,
  ): { items: R[]; nextCursor: string | null } {
    const items = records.slice(0, limit);
    const last = items.at(-1);
    const isLast = records.length <= limit || last === undefined;
    return { items, nextCursor: isLast ? null : this.form.write(placeOf(last)) };
  }
}
