import { queryOptions } from '@tanstack/react-query';
import { analyticsSchema, sessionAnalyticsSchema } from '../../../server/contract/analytics/analytics.js';
import type { Analytics, SessionAnalytics } from '../../../server/contract/analytics/analytics.js';
import { requestBlob, requestOne } from '../lib/api-client.js';
import { addDays, dayIn } from '../lib/days.js';
import { sessionPath } from '../lib/paths.js';
import { browserTimeZone } from '../lib/wall-time.js';

/** What the overview shows: of one account, or of all; of the last days, today included. */
export interface OverviewWish {
  sessionId: string | null;
  days: number;
}

export const analyticsKey = ['analytics'] as const;

export type OverviewData = Omit<SessionAnalytics, 'sessionId'> & Partial<Pick<Analytics, 'accounts'>>;

export function overviewQuery(wish: OverviewWish) {
  return queryOptions({
    queryKey: [...analyticsKey, wish.sessionId, wish.days],
    queryFn: ({ signal }): Promise<OverviewData> => {
      const options = { query: timeOf(wish), signal };
      return wish.sessionId === null
        ? requestOne(analyticsSchema, '/analytics', options)
        : requestOne(sessionAnalyticsSchema, pathOf(wish), options);
    },
  });
}

/** Views over time as a CSV file. */
export function overviewCsv(wish: OverviewWish): Promise<Blob> {
  const query = new URLSearchParams({ ...timeOf(wish), format: 'csv' });
  return requestBlob(`/api${pathOf(wish)}?${query.toString()}`, new AbortController().signal);
}

function pathOf({ sessionId }: OverviewWish): string {
  return sessionId === null ? '/analytics' : `${sessionPath(sessionId)}/analytics`;
}

function timeOf({ days }: OverviewWish): { from: string; timeZone: string } {
  const timeZone = browserTimeZone();
  return { from: addDays(dayIn(Date.now(), timeZone), 1 - days), timeZone };
}
