import { QueryClient, infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { Page } from '../../server/contract/envelope.js';
import { linkPreviewAnswerSchema } from '../../server/contract/links.js';
import { seriesSchema } from '../../server/contract/series.js';
import { connectionStatusSchema, sessionSchema } from '../../server/contract/sessions.js';
import { statusSchema } from '../../server/contract/statuses.js';
import type { Status } from '../../server/contract/statuses.js';
import { viewerSchema } from '../../server/contract/viewers.js';
import type { ListViewersQuery, Viewer } from '../../server/contract/viewers.js';
import { ApiError, requestBlob, requestOne, requestPage } from './api-client.js';

/** What the server holds, as this page last saw it. Live events keep it fresh, so nothing is polled. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.code === 'unavailable',
    },
  },
});

/** The most accounts and posts one screen shows. */
const listLimit = 500;

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => requestPage(sessionSchema, '/sessions', { query: { limit: listLimit }, signal }),
});

export function sessionPath(sessionId: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}`;
}

export function connectionQuery(sessionId: string) {
  return queryOptions({
    queryKey: ['connection', sessionId],
    queryFn: ({ signal }) =>
      requestOne(connectionStatusSchema, `${sessionPath(sessionId)}/connection-status`, { signal }),
  });
}

export const statusesQuery = queryOptions({
  queryKey: ['statuses'],
  queryFn: ({ signal }): Promise<Page<Status>> =>
    requestPage(statusSchema, '/statuses', { query: { limit: listLimit }, signal }),
});

export function statusPath(sessionId: string, statusId: string): string {
  return `${sessionPath(sessionId)}/statuses/${encodeURIComponent(statusId)}`;
}

export function statusQuery(sessionId: string, statusId: string) {
  return queryOptions<Status>({
    queryKey: ['status', sessionId, statusId],
    queryFn: ({ signal }) => requestOne(statusSchema, statusPath(sessionId, statusId), { signal }),
    // A post opened from the list shows at once, and is read again behind it.
    placeholderData: () =>
      queryClient.getQueryData(statusesQuery.queryKey)?.items.find((status) => status.id === statusId),
  });
}

export interface ViewerFilter {
  search: string;
  only: ListViewersQuery['only'];
}

const viewersPerPage = 100;

export function viewersKey(statusId: string) {
  return ['viewers', statusId] as const;
}

export function viewersQuery(sessionId: string, statusId: string, filter: ViewerFilter) {
  return infiniteQueryOptions({
    queryKey: [...viewersKey(statusId), filter],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }): Promise<Page<Viewer>> =>
      requestPage(viewerSchema, `${statusPath(sessionId, statusId)}/viewers`, {
        query: { limit: viewersPerPage, cursor: pageParam, search: filter.search, only: filter.only },
        signal,
      }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

/** Posts that go out one after the other. Read again with the lists of posts. */
export function seriesQuery(sessionId: string, seriesId: string) {
  return queryOptions({
    queryKey: [...statusesQuery.queryKey, 'series', seriesId],
    queryFn: ({ signal }) => requestOne(seriesSchema, `${sessionPath(sessionId)}/series/${seriesId}`, { signal }),
  });
}

export interface Progress {
  done: number;
  total: number;
}

export function progressKey(statusId: string) {
  return ['progress', statusId] as const;
}

/** How far a post is on its way out; known only from live events, so it is never fetched. */
export function progressQuery(statusId: string) {
  return queryOptions<Progress | null>({
    queryKey: progressKey(statusId),
    queryFn: () => null,
    enabled: false,
  });
}

/** How far the server is with converting an upload, in per cent; known only from live events. */
export function conversionQuery(uploadId: string) {
  return queryOptions<number | null>({
    queryKey: ['conversion', uploadId],
    queryFn: () => null,
    enabled: false,
  });
}

/** The bytes of an uploaded file or its thumbnail; they never change. */
export function mediaQuery(url: string | null) {
  return queryOptions({
    queryKey: ['media', url],
    queryFn: ({ signal }) => requestBlob(url ?? '', signal),
    enabled: url !== null,
    staleTime: Infinity,
  });
}

/** What WhatsApp will show of a page; the server reads it. */
export function linkPreviewQuery(url: string) {
  return queryOptions({
    queryKey: ['link-preview', url],
    queryFn: ({ signal }) =>
      requestOne(linkPreviewAnswerSchema, '/link-preview', { method: 'POST', body: { url }, signal }),
    enabled: url !== '',
  });
}
