import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { seriesSchema } from '../../../server/contract/planning/series.js';
import type { createSeriesBodySchema } from '../../../server/contract/planning/series.js';
import { statusSchema } from '../../../server/contract/statuses.js';
import type { Status, repostStatusBodySchema, sendStatusBodySchema } from '../../../server/contract/statuses.js';
import { requestOne } from '../lib/api-client.js';
import { sessionPath, statusPath } from '../lib/paths.js';
import { statusQuery, statusesQuery } from './queries.js';

type NewStatus = z.input<typeof sendStatusBodySchema>;
type NewSeries = z.input<typeof createSeriesBodySchema>;
type RepostBody = z.input<typeof repostStatusBodySchema>;

/** Takes back a post: cancels it, or deletes it from the phones of those who have it. */
export function useCancelStatus() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ sessionId, id }: Status) =>
      requestOne(statusSchema, statusPath(sessionId, id), { method: 'DELETE' }),
    onSuccess: (status) => {
      // The live event that it is done may be here before this answer; it wins.
      client.setQueryData(statusQuery(status.sessionId, status.id).queryKey, (known) =>
        known?.state === 'deleted' ? known : status,
      );
      return client.invalidateQueries({ queryKey: statusesQuery.queryKey });
    },
  });
}

export function useSendStatus() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ sessionId, body, idempotencyKey }: { sessionId: string; body: NewStatus; idempotencyKey: string }) =>
      requestOne(statusSchema, `${sessionPath(sessionId)}/send-status`, { method: 'POST', body, idempotencyKey }),
    onSuccess: (status) => {
      // A live event may have brought a newer state already; it wins.
      client.setQueryData(statusQuery(status.sessionId, status.id).queryKey, (known) => known ?? status);
      return client.invalidateQueries({ queryKey: statusesQuery.queryKey });
    },
  });
}

/** Posts several statuses in their order. */
export function useSendSeries() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ sessionId, body, idempotencyKey }: { sessionId: string; body: NewSeries; idempotencyKey: string }) =>
      requestOne(seriesSchema, `${sessionPath(sessionId)}/series`, { method: 'POST', body, idempotencyKey }),
    onSuccess: () => client.invalidateQueries({ queryKey: statusesQuery.queryKey }),
  });
}

/** Posts a past post again, as a new one. */
export function useRepost() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ status, body, idempotencyKey }: { status: Status; body: RepostBody; idempotencyKey: string }) =>
      requestOne(statusSchema, `${statusPath(status.sessionId, status.id)}/repost`, {
        method: 'POST',
        body,
        idempotencyKey,
      }),
    onSuccess: (status) => {
      client.setQueryData(statusQuery(status.sessionId, status.id).queryKey, (known) => known ?? status);
      return client.invalidateQueries({ queryKey: statusesQuery.queryKey });
    },
  });
}
