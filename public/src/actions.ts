import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { createdSessionSchema, pairingCodeSchema } from '../../server/contract/sessions.js';
import { seriesSchema } from '../../server/contract/series.js';
import type { createSeriesBodySchema } from '../../server/contract/series.js';
import { statusSchema } from '../../server/contract/statuses.js';
import type { createSessionBodySchema, requestPairingCodeBodySchema } from '../../server/contract/sessions.js';
import type { Status, repostStatusBodySchema, sendStatusBodySchema } from '../../server/contract/statuses.js';
import { newIdempotencyKey, requestDone, requestOne } from './api-client.js';
import { connectionQuery, sessionPath, sessionsQuery, statusPath, statusQuery, statusesQuery } from './queries.js';

type RequestPairingCode = Pick<z.input<typeof requestPairingCodeBodySchema>, 'phoneNumber'>;
type NewSession = z.input<typeof createSessionBodySchema>;
type NewStatus = z.input<typeof sendStatusBodySchema>;
type NewSeries = z.input<typeof createSeriesBodySchema>;
type RepostBody = z.input<typeof repostStatusBodySchema>;

export function useCreateSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewSession) =>
      requestOne(createdSessionSchema, '/sessions', { method: 'POST', body, idempotencyKey: newIdempotencyKey() }),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
}

export function useDeleteSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (sessionId: string) => requestDone(sessionPath(sessionId), { method: 'DELETE' }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
        client.invalidateQueries({ queryKey: statusesQuery.queryKey }),
      ]),
  });
}

/** Tears the connection down and opens it again; an unlinked account gets a fresh code. */
export function useRestartSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (sessionId: string) => requestDone(`${sessionPath(sessionId)}/restart`, { method: 'POST' }),
    onSuccess: (_nothing, sessionId) =>
      Promise.all([
        client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
        client.invalidateQueries({ queryKey: connectionQuery(sessionId).queryKey }),
      ]),
  });
}

/** Asks for a fresh code, for the number the account has or another; linking goes on by code from then on. */
export function useRequestPairingCode() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ sessionId, ...body }: { sessionId: string } & RequestPairingCode) =>
      requestOne(pairingCodeSchema, `${sessionPath(sessionId)}/request-pairing-code`, { method: 'POST', body }),
    onSuccess: (code, { sessionId }) => {
      client.setQueryData(connectionQuery(sessionId).queryKey, (connection) =>
        connection === undefined
          ? connection
          : {
              ...connection,
              authMethod: 'pairing' as const,
              phoneNumber: code.phoneNumber,
              pairingCode: code.pairingCode,
              pairingCodeExpiresAt: code.expiresAt,
            },
      );
    },
  });
}

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
