import type { InfiniteData } from '@tanstack/react-query';
import type { Page } from '../../server/contract/envelope.js';
import type { EventName, EventPayload } from '../../server/contract/events.js';
import type { ConnectionStatus, Session } from '../../server/contract/sessions.js';
import type { Status } from '../../server/contract/statuses.js';
import type { Viewer } from '../../server/contract/viewers.js';
import {
  connectionQuery,
  conversionQuery,
  progressKey,
  queryClient,
  sessionsQuery,
  statusQuery,
  statusesQuery,
  viewersKey,
} from './queries.js';
import type { Progress } from './queries.js';
import { readBroadcastsAgain, readPlansAgain } from './planning/plan-queries.js';
import { readAgainIfReading } from './read-again.js';
import { filterOf, mergeViewers } from './viewer-pages.js';

type Handlers = { [N in EventName]: (payload: EventPayload<N>) => void };

/** What each live event changes in what the screens show. */
export const liveCacheHandlers: Handlers = {
  'connection-status': (event) => {
    const { sessionId, status, connected, ownNumber, lastError, nextRetryAt } = event;
    const change = { state: status, connected, ownNumber, lastError, nextRetryAt };
    patchSession(sessionId, change);
    patchConnection(sessionId, change);
    if (connected) {
      // The push name and the number are known from now on.
      void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
      void queryClient.invalidateQueries({ queryKey: connectionQuery(sessionId).queryKey });
    }
  },
  'qr-code': ({ sessionId, qrCode, expiresAt }) => {
    patchConnection(sessionId, { qrCode, qrCodeExpiresAt: expiresAt });
  },
  'pairing-code': ({ sessionId, pairingCode, phoneNumber, expiresAt }) => {
    patchConnection(sessionId, { pairingCode, phoneNumber, pairingCodeExpiresAt: expiresAt });
  },
  'session-updated': ({ sessionId }) => {
    void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    void queryClient.invalidateQueries({ queryKey: connectionQuery(sessionId).queryKey });
  },
  'session-created': () => void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  'session-deleted': ({ sessionId }) => {
    queryClient.setQueryData(sessionsQuery.queryKey, (page) =>
      page === undefined
        ? page
        : withItems(
            page,
            page.items.filter((session) => session.sessionId !== sessionId),
          ),
    );
    void queryClient.invalidateQueries({ queryKey: statusesQuery.queryKey });
    readPlansAgain();
  },
  'upload-progress': ({ uploadId, percent }) => {
    queryClient.setQueryData(conversionQuery(uploadId).queryKey, percent);
  },
  'contacts-updated': ({ sessionId }) => {
    // Saved names may be new; the lists of viewers show them.
    for (const queryKey of [['viewers'], ['contacts', sessionId], ['contacts-summary', sessionId]]) {
      void queryClient.invalidateQueries({ queryKey });
    }
  },
  'statuses-updated': ({ sessionId }) => {
    void queryClient.invalidateQueries({ queryKey: statusesQuery.queryKey });
    // A pause of posting begins and ends with the same event.
    void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    void queryClient.invalidateQueries({ queryKey: ['pace', sessionId] });
    readPlansAgain();
  },
  'drafts-updated': () => void queryClient.invalidateQueries({ queryKey: ['drafts'] }),
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
    readPlansAgain();
  },
  'status-viewers-update': ({ sessionId, statusId, viewers, delivered, counts }) => {
    patchStatus(sessionId, statusId, { counts });
    readBroadcastsAgain();
    readAgainIfReading(viewersKey(statusId));
    for (const [key, data] of queryClient.getQueriesData<InfiniteData<Page<Viewer>>>({
      queryKey: viewersKey(statusId),
    })) {
      if (data !== undefined)
        queryClient.setQueryData(key, mergeViewers(data, [...viewers, ...delivered], filterOf(key)));
    }
  },
};

function withItems<T>(page: Page<T>, items: T[]): Page<T> {
  return { ...page, items, total: page.total + items.length - page.items.length };
}

function patchSession(sessionId: string, change: Partial<Session>): void {
  readAgainIfReading(sessionsQuery.queryKey);
  queryClient.setQueryData(sessionsQuery.queryKey, (page) =>
    page === undefined
      ? page
      : withItems(
          page,
          page.items.map((session) => (session.sessionId === sessionId ? { ...session, ...change } : session)),
        ),
  );
}

function patchConnection(sessionId: string, change: Partial<ConnectionStatus>): void {
  readAgainIfReading(connectionQuery(sessionId).queryKey);
  queryClient.setQueryData(connectionQuery(sessionId).queryKey, (connection) =>
    connection === undefined ? connection : { ...connection, ...change },
  );
}

function patchStatus(sessionId: string, statusId: string, change: Partial<Status>): void {
  readAgainIfReading(statusQuery(sessionId, statusId).queryKey);
  readAgainIfReading(statusesQuery.queryKey);
  queryClient.setQueryData(statusQuery(sessionId, statusId).queryKey, (status) =>
    status === undefined ? status : { ...status, ...change },
  );
  queryClient.setQueryData(statusesQuery.queryKey, (page) =>
    page === undefined
      ? page
      : withItems(
          page,
          page.items.map((status) => (status.id === statusId ? { ...status, ...change } : status)),
        ),
  );
}

function putStatus(status: Status): void {
  readPlansAgain();
  readAgainIfReading(statusQuery(status.sessionId, status.id).queryKey);
  readAgainIfReading(statusesQuery.queryKey);
  queryClient.setQueryData(statusQuery(status.sessionId, status.id).queryKey, status);
  queryClient.setQueryData(statusesQuery.queryKey, (page) => {
    if (page === undefined) return page;
    const known = page.items.some((each) => each.id === status.id);
    const items = known ? page.items.map((each) => (each.id === status.id ? status : each)) : [status, ...page.items];
    return withItems(page, items);
  });
}
