import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { paceSchema } from '../../../../server/contract/pace.js';
import type { PaceSettings } from '../../../../server/contract/pace.js';
import { requestDone, requestOne } from '../../lib/api-client.js';
import { sessionPath } from '../../lib/paths.js';
import { sessionsQuery } from '../queries.js';

/** How fast an account may post, and what it waits for. */
export function paceQuery(sessionId: string) {
  return queryOptions({
    queryKey: ['pace', sessionId],
    queryFn: ({ signal }) => requestOne(paceSchema, `${sessionPath(sessionId)}/pace`, { signal }),
  });
}

/** Saves the whole pace. The rates belong to the account itself and are left alone where they did not change. */
export function useChangePace(sessionId: string, before: PaceSettings) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ ratePerMin, ratePerHour, ...body }: PaceSettings) => {
      const rates = {
        ...(ratePerMin !== before.ratePerMin && { ratePerMin }),
        ...(ratePerHour !== before.ratePerHour && { ratePerHour }),
      };
      if (Object.keys(rates).length > 0) await requestDone(sessionPath(sessionId), { method: 'PATCH', body: rates });
      return requestOne(paceSchema, `${sessionPath(sessionId)}/pace`, { method: 'PATCH', body });
    },
    onSuccess: (pace) => {
      client.setQueryData(paceQuery(sessionId).queryKey, pace);
    },
  });
}

/** Ends a pause of posting before its time. */
export function useResumePosting(sessionId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => requestOne(paceSchema, `${sessionPath(sessionId)}/resume-posting`, { method: 'POST' }),
    onSuccess: (pace) => {
      client.setQueryData(paceQuery(sessionId).queryKey, pace);
      return client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
  });
}
