import { useMutation } from '@tanstack/react-query';
import type { z } from 'zod';
import { broadcastSchema } from '../../../server/contract/planning/broadcasts.js';
import type { createBroadcastBodySchema } from '../../../server/contract/planning/broadcasts.js';
import { postingSlotsSchema } from '../../../server/contract/planning/plans.js';
import type { PutSlotsBody } from '../../../server/contract/planning/plans.js';
import { scheduleSchema } from '../../../server/contract/planning/schedules.js';
import type { changeScheduleBodySchema } from '../../../server/contract/planning/schedules.js';
import { requestDone, requestOne } from '../lib/api-client.js';
import { queryClient } from '../lib/query-client.js';
import { sessionPath } from '../lib/paths.js';
import type { NewSchedule } from '../draft/draft-time.js';
import { broadcastPath, broadcastQuery, readPlansAgain, slotsPath, slotsQuery } from './queries.js';

type NewBroadcast = z.input<typeof createBroadcastBodySchema>;
type ScheduleChange = z.input<typeof changeScheduleBodySchema>;

interface SchedulePlace {
  sessionId: string;
  id: string;
}

function schedulePath({ sessionId, id }: SchedulePlace): string {
  return `${sessionPath(sessionId)}/schedules/${encodeURIComponent(id)}`;
}

export function useCreateBroadcast() {
  return useMutation({
    mutationFn: ({ body, idempotencyKey }: { body: NewBroadcast; idempotencyKey: string }) =>
      requestOne(broadcastSchema, '/broadcasts', { method: 'POST', body, idempotencyKey }),
    onSuccess: (broadcast) => {
      queryClient.setQueryData(broadcastQuery(broadcast.id).queryKey, broadcast);
    },
  });
}

/** Keeps back what has not gone out yet. */
export function useCancelBroadcast() {
  return useMutation({
    mutationFn: (id: string) => requestOne(broadcastSchema, broadcastPath(id), { method: 'DELETE' }),
    onSuccess: (broadcast) => {
      queryClient.setQueryData(broadcastQuery(broadcast.id).queryKey, broadcast);
      readPlansAgain();
    },
  });
}

/** Makes one schedule on each account, in turn; the same keys on a repeat make none twice. */
export function useCreateSchedules() {
  return useMutation({
    mutationFn: async ({ sessionIds, body, idempotencyKey }: NewSchedules) => {
      for (const sessionId of sessionIds) {
        await requestOne(scheduleSchema, `${sessionPath(sessionId)}/schedules`, {
          method: 'POST',
          body,
          idempotencyKey: `${idempotencyKey}-${sessionId}`,
        });
      }
    },
    onSettled: readPlansAgain,
  });
}

interface NewSchedules {
  sessionIds: readonly string[];
  body: NewSchedule;
  idempotencyKey: string;
}

export function useChangeSchedule() {
  return useMutation({
    mutationFn: ({ place, body }: { place: SchedulePlace; body: ScheduleChange }) =>
      requestOne(scheduleSchema, schedulePath(place), { method: 'PATCH', body }),
    onSettled: readPlansAgain,
  });
}

export function useDeleteSchedule() {
  return useMutation({
    mutationFn: (place: SchedulePlace) => requestDone(schedulePath(place), { method: 'DELETE' }),
    onSettled: readPlansAgain,
  });
}

export function usePutSlots(sessionId: string) {
  return useMutation({
    mutationFn: (body: PutSlotsBody) => requestOne(postingSlotsSchema, slotsPath(sessionId), { method: 'PUT', body }),
    onSuccess: (slots) => {
      queryClient.setQueryData(slotsQuery(sessionId).queryKey, slots);
    },
  });
}
