import { queryOptions, useQuery } from '@tanstack/react-query';
import { connectionStatusSchema, sessionSchema } from '../../../server/contract/sessions.js';
import { requestOne, requestPage } from '../lib/api-client.js';
import { sessionPath } from '../lib/paths.js';

/** The most accounts one screen shows. */
const listLimit = 500;

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => requestPage(sessionSchema, '/sessions', { query: { limit: listLimit }, signal }),
});

/** The name of each account, as far as they were read. */
export function useAccountNames(): ReadonlyMap<string, string> {
  const sessions = useQuery(sessionsQuery).data?.items ?? [];
  return new Map(sessions.map(({ sessionId, sessionName }) => [sessionId, sessionName]));
}

export function connectionQuery(sessionId: string) {
  return queryOptions({
    queryKey: ['connection', sessionId],
    queryFn: ({ signal }) =>
      requestOne(connectionStatusSchema, `${sessionPath(sessionId)}/connection-status`, { signal }),
  });
}
