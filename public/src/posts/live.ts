import type { InfiniteData } from '@tanstack/react-query';
import type { Page } from '../../../server/contract/envelope.js';
import type { Status } from '../../../server/contract/statuses.js';
import type { Viewer } from '../../../server/contract/viewers.js';
import type { LiveHandlers } from '../lib/live-handlers.js';
import { withItems } from '../lib/page-items.js';
import { linkClicksQuery, progressKey, statusAnalyticsKey, statusQuery, statusesQuery, viewersKey } from './queries.js';
import type { Progress } from './queries.js';
import { queryClient } from '../lib/query-client.js';
import { readAgainIfReading, readAgainSoon } from '../lib/read-again.js';
import { filterOf, mergeViewers } from './viewers/viewer-pages.js';

/** What live events change in what is known of posts and their viewers. */
export const postsLive = {
  'session-deleted': readPostsAgain,
  'statuses-updated': readPostsAgain,
  // Saved names may be new; the lists of viewers show them.
  'contacts-updated': () => void queryClient.invalidateQueries({ queryKey: viewersKey() }),
  'status-progress': ({ sessionId, statusId, state, done, total }) => {
    queryClient.setQueryData<Progress>(progressKey(statusId), { done, total });
    patchStatus(sessionId, statusId, { state });
  },
  'status-deletion-progress': ({ sessionId, statusId, done, total }) => {
    patchStatus(sessionId, statusId, { deletionProgress: { done, total } });
  },
  'status-sent': putStatus,
  'status-failed': putStatus,
  'status-deleted': ({ sessionId, statusId }) => {
    patchStatus(sessionId, statusId, { state: 'deleted', deletingSince: null, deletionProgress: null });
  },
  'status-viewers-update': ({ sessionId, statusId, viewers, delivered, counts }) => {
    patchStatus(sessionId, statusId, { counts });
    readAgainSoon(statusAnalyticsKey(statusId));
    const queryKey = viewersKey(statusId);
    readAgainIfReading(queryKey);
    for (const [key, data] of queryClient.getQueriesData<InfiniteData<Page<Viewer>>>({ queryKey })) {
      if (data !== undefined)
        queryClient.setQueryData(key, mergeViewers(data, [...viewers, ...delivered], filterOf(key)));
    }
  },
  'status-clicks-update': ({ sessionId, statusId, counts }) => {
    patchStatus(sessionId, statusId, { counts });
    const { queryKey } = linkClicksQuery(sessionId, statusId);
    readAgainIfReading(queryKey);
    void queryClient.invalidateQueries({ queryKey }, { cancelRefetch: false });
  },
} satisfies LiveHandlers;

function readPostsAgain(): void {
  void queryClient.invalidateQueries({ queryKey: statusesQuery.queryKey });
}

function patchStatus(sessionId: string, statusId: string, change: Partial<Status>): void {
  readAgainIfReading(statusQuery(sessionId, statusId).queryKey);
  readAgainIfReading(statusesQuery.queryKey);
  queryClient.setQueryData(statusQuery(sessionId, statusId).queryKey, (status) =>
    status === undefined ? status : { ...status, ...change },
  );
  queryClient.setQueryData(statusesQuery.queryKey, (page) =>
    withItems(page, (items) => items.map((status) => (status.id === statusId ? { ...status, ...change } : status))),
  );
}

function putStatus(status: Status): void {
  readAgainIfReading(statusQuery(status.sessionId, status.id).queryKey);
  readAgainIfReading(statusesQuery.queryKey);
  queryClient.setQueryData(statusQuery(status.sessionId, status.id).queryKey, status);
  queryClient.setQueryData(statusesQuery.queryKey, (page) =>
    withItems(page, (items) =>
      items.some(({ id }) => id === status.id)
        ? items.map((each) => (each.id === status.id ? status : each))
        : [status, ...items],
    ),
  );
}
