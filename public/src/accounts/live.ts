import type { ConnectionStatus, Session } from '../../../server/contract/sessions.js';
import { connectionQuery, sessionsQuery } from './queries.js';
import type { LiveHandlers } from '../lib/live-handlers.js';
import { paceQuery } from './pace/pace.js';
import { withItems } from '../lib/page-items.js';
import { queryClient } from '../lib/query-client.js';
import { readAgainIfReading } from '../lib/read-again.js';

/** What live events change in what is known of the accounts. */
export const accountsLive = {
  'connection-status': ({ sessionId, status, connected, ownNumber, lastError, nextRetryAt }) => {
    const change = { state: status, connected, ownNumber, lastError, nextRetryAt };
    patchSession(sessionId, change);
    patchConnection(sessionId, change);
    // The push name and the number are known from now on.
    if (connected) readAccountAgain(sessionId);
  },
  'qr-code': ({ sessionId, qrCode, expiresAt }) => {
    patchConnection(sessionId, { qrCode, qrCodeExpiresAt: expiresAt });
  },
  'pairing-code': ({ sessionId, pairingCode, phoneNumber, expiresAt }) => {
    patchConnection(sessionId, { pairingCode, phoneNumber, pairingCodeExpiresAt: expiresAt });
  },
  'session-updated': ({ sessionId }) => {
    readAccountAgain(sessionId);
  },
  'session-created': () => void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  'session-deleted': ({ sessionId }) => {
    queryClient.setQueryData(sessionsQuery.queryKey, (page) =>
      withItems(page, (items) => items.filter((session) => session.sessionId !== sessionId)),
    );
  },
  'statuses-updated': ({ sessionId }) => {
    // A pause of posting begins and ends with the same event.
    void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    void queryClient.invalidateQueries({ queryKey: paceQuery(sessionId).queryKey });
  },
} satisfies LiveHandlers;

function readAccountAgain(sessionId: string): void {
  void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  void queryClient.invalidateQueries({ queryKey: connectionQuery(sessionId).queryKey });
}

function patchSession(sessionId: string, change: Partial<Session>): void {
  readAgainIfReading(sessionsQuery.queryKey);
  queryClient.setQueryData(sessionsQuery.queryKey, (page) =>
    withItems(page, (items) =>
      items.map((session) => (session.sessionId === sessionId ? { ...session, ...change } : session)),
    ),
  );
}

function patchConnection(sessionId: string, change: Partial<ConnectionStatus>): void {
  readAgainIfReading(connectionQuery(sessionId).queryKey);
  queryClient.setQueryData(connectionQuery(sessionId).queryKey, (connection) =>
    connection === undefined ? connection : { ...connection, ...change },
  );
}
