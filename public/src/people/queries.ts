import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { audienceListSchema, memberSchema, optOutSchema, tagCountSchema } from '../../../server/contract/audiences.js';
import { contactSchema, contactsSummarySchema } from '../../../server/contract/contacts.js';
import { requestOne, requestPage } from '../lib/api-client.js';
import { sessionPath } from '../lib/paths.js';

/** The most lists and tags one screen shows. */
const listLimit = 500;
const rowsPerPage = 100;

export const audiencesQuery = queryOptions({
  queryKey: ['audiences'],
  queryFn: ({ signal }) => requestPage(audienceListSchema, '/audiences', { query: { limit: listLimit }, signal }),
});

export function audiencePath(listId: string): string {
  return `/audiences/${encodeURIComponent(listId)}`;
}

/** `address`: a number, or a LID with `@lid`. */
export function personPath(address: string): string {
  return `/people/${encodeURIComponent(address)}`;
}

/** The beginning of the keys of every single list. */
export const audienceKey = ['audience'] as const;

export function audienceQuery(listId: string) {
  return queryOptions({
    queryKey: [...audienceKey, listId],
    queryFn: ({ signal }) => requestOne(audienceListSchema, audiencePath(listId), { signal }),
  });
}

/** The beginning of the keys of all lists of the members of one list, or of every list. */
export function membersKey(listId?: string) {
  return listId === undefined ? (['members'] as const) : (['members', listId] as const);
}

export function membersQuery(listId: string, search: string) {
  return infiniteQueryOptions({
    queryKey: [...membersKey(listId), search],
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

/** The beginning of the keys of all lists of contacts. */
export const anyContactsKey = ['contacts'] as const;

/** The same for one account. */
export function contactsKey(sessionId: string) {
  return [...anyContactsKey, sessionId] as const;
}

export function contactsQuery(sessionId: string, { search, filter }: ContactFilter) {
  return infiniteQueryOptions({
    queryKey: [...contactsKey(sessionId), { search, filter }],
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
