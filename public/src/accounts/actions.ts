import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { createdSessionSchema, pairingCodeSchema } from '../../../server/contract/sessions.js';
import type { createSessionBodySchema, requestPairingCodeBodySchema } from '../../../server/contract/sessions.js';
import { connectionQuery, sessionsQuery } from './queries.js';
import { newIdempotencyKey, requestDone, requestOne } from '../lib/api-client.js';
import { sessionPath } from '../lib/paths.js';

type RequestPairingCode = Pick<z.input<typeof requestPairingCodeBodySchema>, 'phoneNumber'>;
type NewSession = z.input<typeof createSessionBodySchema>;

export function useCreateSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewSession) =>
      requestOne(createdSessionSchema, '/sessions', { method: 'POST', body, idempotencyKey: newIdempotencyKey() }),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
}

/** An account takes its posts, plans and contacts with it, so everything on screen is read again. */
export function useDeleteSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (sessionId: string) => requestDone(sessionPath(sessionId), { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries(),
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
