import { keepPreviousData, queryOptions, useMutation } from '@tanstack/react-query';
import { calendarSchema } from '../../../../server/contract/planning/calendar.js';
import type { Calendar, CalendarEntry } from '../../../../server/contract/planning/calendar.js';
import { requestDone, requestOne } from '../../lib/api-client.js';
import { queryClient } from '../../lib/query-client.js';
import { sessionPath, statusPath } from '../../lib/paths.js';
import { statusesQuery } from '../../posts/queries.js';
import { browserTimeZone } from '../../lib/wall-time.js';
import { addDays, type Day } from '../../lib/days.js';
import { planKey, readPlansAgain } from '../queries.js';

export type CalendarPart = Pick<Calendar, 'entries' | 'isComplete'>;

/** More than a person can look at. */
const mostPages = 3;

/** The posts of some days, both included, on the wall here. */
export function calendarQuery(first: Day, last: Day) {
  const timeZone = browserTimeZone();
  return queryOptions({
    queryKey: [...planKey, 'calendar', first, last, timeZone],
    queryFn: async ({ signal }): Promise<CalendarPart> => {
      const entries: CalendarEntry[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < mostPages; page += 1) {
        const query = { from: first, to: addDays(last, 1), timeZone, cursor };
        const part = await requestOne(calendarSchema, '/calendar', { query, signal });
        entries.push(...part.entries);
        if (part.nextCursor === null) return { entries, isComplete: part.isComplete };
        cursor = part.nextCursor;
      }
      return { entries, isComplete: false };
    },
    placeholderData: keepPreviousData,
  });
}

/** Whether an entry can still be put at another time. */
export function isMovable({ state }: CalendarEntry): boolean {
  return state === 'planned' || state === 'scheduled';
}

/** Whether an entry can still be kept from going out. */
export function isCancelable({ state }: CalendarEntry): boolean {
  return state === 'planned' || state === 'scheduled' || state === 'queued';
}

function occurrencesPath({ sessionId, scheduleId }: CalendarEntry): string {
  return `${sessionPath(sessionId)}/schedules/${encodeURIComponent(scheduleId ?? '')}/occurrences`;
}

function changed(): Promise<void> {
  readPlansAgain();
  return queryClient.invalidateQueries({ queryKey: statusesQuery.queryKey });
}

/** Puts an entry at another time on the wall here; of a repeating post only this one time moves. */
export function useMoveEntry() {
  return useMutation({
    mutationFn: ({ entry, wall }: { entry: CalendarEntry; wall: string }) => {
      const timeZone = browserTimeZone();
      return entry.statusId === null
        ? requestDone(occurrencesPath(entry), { method: 'POST', body: { at: entry.at, moveTo: wall, timeZone } })
        : requestDone(statusPath(entry.sessionId, entry.statusId), {
            method: 'PATCH',
            body: { scheduledAt: wall, timeZone },
          });
    },
    onSettled: changed,
  });
}

/** Keeps an entry from going out; of a repeating post only this one time is left out. */
export function useCancelEntry() {
  return useMutation({
    mutationFn: (entry: CalendarEntry) =>
      entry.statusId === null
        ? requestDone(occurrencesPath(entry), { method: 'POST', body: { at: entry.at } })
        : requestDone(statusPath(entry.sessionId, entry.statusId), { method: 'DELETE' }),
    onSettled: changed,
  });
}
