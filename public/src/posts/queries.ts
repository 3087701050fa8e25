import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { statusAnalyticsSchema } from '../../../server/contract/analytics/analytics.js';
import { clicksOfStatusSchema } from '../../../server/contract/clicks.js';
import type { Page } from '../../../server/contract/envelope.js';
import { seriesSchema } from '../../../server/contract/planning/series.js';
import { statusSchema } from '../../../server/contract/statuses.js';
import type { Status } from '../../../server/contract/statuses.js';
import { viewerSchema } from '../../../server/contract/viewers.js';
import type { ListViewersQuery, Viewer } from '../../../server/contract/viewers.js';
import { requestBlob, requestOne, requestPage } from '../lib/api-client.js';
import { sessionPath, statusPath } from '../lib/paths.js';
import { queryClient } from '../lib/query-client.js';
import { browserTimeZone } from '../lib/wall-time.js';

/** The most posts one screen shows. */
const listLimit = 500;

export const statusesQuery = queryOptions({
  queryKey: ['statuses'],
  queryFn: ({ signal }): Promise<Page<Status>> =>
    requestPage(statusSchema, '/statuses', { query: { limit: listLimit }, signal }),
});

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

/** The beginning of the keys of all lists of the viewers of one post, or of every post. */
export function viewersKey(statusId?: string) {
  return statusId === undefined ? (['viewers'] as const) : (['viewers', statusId] as const);
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

/** How often the links of a post were opened. */
export function linkClicksQuery(sessionId: string, statusId: string) {
  return queryOptions({
    queryKey: ['link-clicks', sessionId, statusId],
    queryFn: ({ signal }) => requestOne(clicksOfStatusSchema, `${statusPath(sessionId, statusId)}/links`, { signal }),
  });
}

/** All of them as a CSV file. */
export function viewersCsv(sessionId: string, statusId: string, { only, search }: ViewerFilter): Promise<Blob> {
  const query = new URLSearchParams({ format: 'csv', only, search });
  return requestBlob(
    `/api${statusPath(sessionId, statusId)}/viewers?${query.toString()}`,
    new AbortController().signal,
  );
}

export function statusAnalyticsKey(statusId: string) {
  return ['status-analytics', statusId] as const;
}

/** What people did with a post, by the hour as clocks here show it. */
export function statusAnalyticsQuery(sessionId: string, statusId: string) {
  return queryOptions({
    queryKey: statusAnalyticsKey(statusId),
    queryFn: ({ signal }) =>
      requestOne(statusAnalyticsSchema, `${statusPath(sessionId, statusId)}/analytics`, {
        query: { timeZone: browserTimeZone() },
        signal,
      }),
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
