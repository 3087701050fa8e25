import { queryOptions } from '@tanstack/react-query';
import type { QueryKey } from '@tanstack/react-query';
import { broadcastSchema } from '../../../server/contract/planning/broadcasts.js';
import { postingSlotsSchema } from '../../../server/contract/planning/plans.js';
import { scheduleSchema } from '../../../server/contract/planning/schedules.js';
import { requestOne, requestPage } from '../lib/api-client.js';
import { queryClient } from '../lib/query-client.js';
import { sessionPath } from '../lib/paths.js';

/** The beginning of the key of everything that a planned post may change. */
export const planKey = ['plan'] as const;
const broadcastsKey = [...planKey, 'broadcast'] as const;

const listLimit = 500;
const answerWithinMs = 2_000;

export const schedulesQuery = queryOptions({
  queryKey: [...planKey, 'schedules'],
  queryFn: ({ signal }) => requestPage(scheduleSchema, '/schedules', { query: { limit: listLimit }, signal }),
});

export function slotsPath(sessionId: string): string {
  return `${sessionPath(sessionId)}/posting-slots`;
}

export function slotsQuery(sessionId: string) {
  return queryOptions({
    queryKey: [...planKey, 'slots', sessionId],
    queryFn: ({ signal }) => requestOne(postingSlotsSchema, slotsPath(sessionId), { signal }),
  });
}

export function broadcastPath(broadcastId: string): string {
  return `/broadcasts/${encodeURIComponent(broadcastId)}`;
}

/** A post on several accounts. That an account refuses it is not told by an event, so while some are open it is read again. */
export function broadcastQuery(broadcastId: string) {
  return queryOptions({
    queryKey: [...broadcastsKey, broadcastId],
    queryFn: ({ signal }) => requestOne(broadcastSchema, broadcastPath(broadcastId), { signal }),
    refetchInterval: ({ state }) => ((state.data?.states['pending'] ?? 0) > 0 ? answerWithinMs : false),
  });
}

const timers = new Map<string, number>();

/**
 * Reads again, a little later, what is on screen. Events come in bursts, one per account or viewer, and are answered
 * together; what is being read then is read once more, so that a stream of events cannot starve the reading.
 */
function readAgainSoon(queryKey: QueryKey, delayMs: number): void {
  const name = queryKey.join();
  if (timers.has(name)) return;
  const timer = window.setTimeout(() => {
    timers.delete(name);
    if (queryClient.isFetching({ queryKey }) > 0) readAgainSoon(queryKey, delayMs);
    else void queryClient.invalidateQueries({ queryKey });
  }, delayMs);
  timers.set(name, timer);
}

/** After something planned was made, moved or posted. */
export function readPlansAgain(): void {
  readAgainSoon(planKey, 250);
}

/** After somebody viewed a post: it may be one account's part of several. */
export function readBroadcastsAgain(): void {
  readAgainSoon(broadcastsKey, 1_000);
}
