import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import {
  audienceListSchema,
  audiencePreviewSchema,
  memberSchema,
  optOutSchema,
  tagCountSchema,
} from '../../server/contract/audiences.js';
import { contactSchema, contactsSummarySchema } from '../../server/contract/contacts.js';
import type { AudienceInput } from './audience-choice.js';
import { requestOne, requestPage } from './api-client.js';
import { sessionPath } from './queries.js';

/** The most lists and tags one screen shows. */
const listLimit = 500;
const rowsPerPage = 100;
/** Views come in all the time; a count that is a quarter of a minute old is still true enough. */
const previewFreshMs = 15_000;

export const audiencesQuery = queryOptions({
  queryKey: ['audiences'],
  queryFn: ({ signal }) => requestPage(audienceListSchema, '/audiences', { query: { limit: listLimit }, signal }),
});

export function audiencePath(listId: string): string {
  return `/audiences/${encodeURIComponent(listId)}`;
}

export function audienceQuery(listId: string) {
  return queryOptions({
    queryKey: ['audience', listId],
    queryFn: ({ signal }) => requestOne(audienceListSchema, audiencePath(listId), { signal }),
  });
}

export function membersQuery(listId: string, search: string) {
  return infiniteQueryOptions({
    queryKey: ['members', listId, search],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      requestPage(memberSchema, `${audiencePath(listId)}/members`, {
        query: { limit: rowsPerPage, cursor: pageParam, search },
        signal,
      }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export const tagsQuery = queryOptions({
  queryKey: ['tags'],
  queryFn: ({ signal }) => requestPage(tagCountSchema, '/tags', { query: { limit: listLimit }, signal }),
});

export const optOutsQuery = infiniteQueryOptions({
  queryKey: ['opt-outs'],
  initialPageParam: '',
  queryFn: ({ pageParam, signal }) =>
    requestPage(optOutSchema, '/opt-outs', { query: { limit: rowsPerPage, cursor: pageParam }, signal }),
  getNextPageParam: (page) => page.nextCursor ?? undefined,
});

export interface ContactFilter {
  search: string;
  filter: 'saved' | 'all';
}

export function contactsQuery(sessionId: string, { search, filter }: ContactFilter) {
  return infiniteQueryOptions({
    queryKey: ['contacts', sessionId, { search, filter }],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      requestPage(contactSchema, `${sessionPath(sessionId)}/contacts`, {
        query: { limit: rowsPerPage, cursor: pageParam, search, filter },
        signal,
      }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function contactsSummaryQuery(sessionId: string) {
  return queryOptions({
    queryKey: ['contacts-summary', sessionId],
    queryFn: ({ signal }) =>
      requestOne(contactsSummarySchema, `${sessionPath(sessionId)}/contacts/summary`, { signal }),
  });
}

export const audiencePreviewKey = ['audience-preview'] as const;

/** Keys are written out on every render, which tens of thousands of numbers would make slow. */
const mostNumbersInKey = 200;
const longLists = new WeakMap<object, number>();
let longListsSeen = 0;

function keyOf(audience: AudienceInput | null): unknown {
  if (audience?.kind !== 'numbers' || audience.numbers.length <= mostNumbersInKey) return audience;
  const known = longLists.get(audience);
  if (known !== undefined) return known;
  longListsSeen += 1;
  longLists.set(audience, longListsSeen);
  return longListsSeen;
}

/** Who would get a post of this account, who not and why. */
export function audiencePreviewQuery(sessionId: string, audience: AudienceInput | null) {
  return queryOptions({
    queryKey: [...audiencePreviewKey, sessionId, keyOf(audience)],
    queryFn: ({ signal }) =>
      requestOne(audiencePreviewSchema, `${sessionPath(sessionId)}/audience-preview`, {
        method: 'POST',
        body: { audience },
        signal,
      }),
    enabled: audience !== null,
    staleTime: previewFreshMs,
    gcTime: 60_000,
  });
}
