import { z } from 'zod';
import type { Page } from '../contract/envelope.js';
import {
  viewingPersonSchema,
  type ListViewingPeopleQuery,
  type PeopleKind,
  type ViewingPerson,
} from '../contract/analytics/people-analytics.js';
import { forCaller } from '../lib/caller-scope.js';
import { recordFiles } from '../lib/csv/record-files.js';
import { cursorText, valuesCursor } from '../lib/cursors.js';
import { Pages } from '../lib/page.js';
import type { PlaceAmongPeople, ViewingPeopleReportStore } from './viewing-people-report-store.js';

type Wish = Pick<ListViewingPeopleQuery, 'kind' | 'posts' | 'search'>;

/** The forms in which they come as a file; the columns of CSV are the fields of a person. */
export const viewingPeopleFiles = recordFiles(viewingPersonSchema.keyof().options);

/** Bounds how long the event loop is held, and what is kept in memory. */
const filePage = 1_000;

/** Who of an account's people is loyal, new or lost. Reads only. */
export class ViewingPeopleService {
  constructor(private readonly store: ViewingPeopleReportStore) {}

  async list(
    sessionId: string,
    query: Wish & { limit: number; cursor?: string | undefined },
  ): Promise<Page<ViewingPerson>> {
    const pages = pagesOf(query.kind);
    const page = pages.wanted(query);
    const postIds = await this.store.lastPosts(sessionId, query.posts);
    const { people, total } = await this.store.list(sessionId, { ...query, ...page, postIds });
    const { items, nextCursor } = pages.cut(people, query, ({ place }) => place);
    return { items: items.map(({ person }) => person), total, nextCursor };
  }

  /** All of them, a page after the other as they are asked for. Nothing more is read once `gone` is aborted. */
  async *everybody(sessionId: string, wish: Wish, gone: AbortSignal): AsyncGenerator<ViewingPerson[]> {
    const postIds = await forCaller(gone, () => this.store.lastPosts(sessionId, wish.posts));
    for (let after: PlaceAmongPeople | undefined, more = true; more;) {
      const page = { ...wish, postIds, after, limit: filePage };
      const { people } = await forCaller(gone, () => this.store.list(sessionId, page));
      yield people.map(({ person }) => person);
      after = people.at(-1)?.place;
      more = people.length === filePage;
    }
  }
}

/** A cursor of another kind is none of the list. */
function pagesOf(kind: PeopleKind): Pages<PlaceAmongPeople> {
  const form = valuesCursor({ kind: z.literal(kind), first: z.int(), second: z.int(), personId: cursorText(64) });
  return new Pages({ write: (place) => form.write({ kind, ...place }), read: (cursor) => form.read(cursor) });
}
