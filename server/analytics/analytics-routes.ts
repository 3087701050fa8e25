import { Readable } from 'node:stream';
import {
  allAnalyticsQuerySchema,
  analyticsOfSessionParams,
  analyticsOfStatusParams,
  analyticsQuerySchema,
  analyticsSchema,
  maxAnalyticsDays,
  maxDaysByHour,
  type OverTime,
  sessionAnalyticsSchema,
  statusAnalyticsQuerySchema,
  statusAnalyticsSchema,
} from '../contract/analytics/analytics.js';
import { defineRoute, type Route } from '../http/define-route.js';
import { csvText } from '../lib/csv/csv-text.js';
import { activityKinds } from './activity.js';
import type { AnalyticsService } from './analytics-service.js';

const ofPeriods =
  `Posts that went out from \`from\` to \`to\` (at most ${String(maxAnalyticsDays)} days), what they reached, and what people did in that time with any post, by the hour for ` +
  `${String(maxDaysByHour)} days and by the day beyond, on the wall of \`timeZone\`. People who hide read receipts are never known to have viewed, so that views and all ` +
  'shares of them are a lower bound. Posts whose record is deleted count no more. ';

const csvType = 'text/csv; charset=utf-8';

/** What posts reached, and when people did what with them. */
export function analyticsRoutes(analytics: AnalyticsService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/statuses/:statusId/analytics',
      tag: 'Analytics',
      summary: 'What one status reached, and when it was viewed',
      description:
        'From whom it was meant for to who viewed, reacted and answered; when the first, half and the last of the views came; what people did in each hour. ' +
        'People who hide read receipts are never known to have viewed, so that views and all shares of them are a lower bound.',
      access: { capability: 'read', on: 'session' },
      params: analyticsOfStatusParams,
      query: statusAnalyticsQuerySchema,
      response: { status: 200, data: statusAnalyticsSchema, alsoAs: ['text/csv'] },
      errors: ['not_found'],
      endsWithCaller: true,
      handler: async ({ params: { sessionId, statusId }, query, reply }) => {
        const answer = await analytics.ofStatus(sessionId, statusId, query);
        if (query.format === 'json') return answer;
        reply.header('content-disposition', `attachment; filename="analytics-${statusId}.csv"`);
        return reply.raw(csvType, fileOf(answer.overTime));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/analytics',
      tag: 'Analytics',
      summary: 'What the posts of an account reached, and when people viewed them',
      description: `${ofPeriods}Beside it stand the same numbers for the time before, and the hours and weekdays at which views come.`,
      access: { capability: 'read', on: 'session' },
      params: analyticsOfSessionParams,
      query: analyticsQuerySchema,
      response: { status: 200, data: sessionAnalyticsSchema, alsoAs: ['text/csv'] },
      errors: ['not_found'],
      endsWithCaller: true,
      handler: async ({ params: { sessionId }, query, reply }) => {
        const answer = await analytics.ofSession(sessionId, query);
        if (query.format === 'json') return answer;
        reply.header('content-disposition', `attachment; filename="analytics-${sessionId}.csv"`);
        return reply.raw(csvType, fileOf(answer.overTime));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/analytics',
      tag: 'Analytics',
      summary: 'What the posts of all accounts that the key may see reached, together and by account',
      description: `${ofPeriods}Accounts stand beside each other, and the time before beside this one. Somebody who follows two accounts is counted by each.`,
      access: { capability: 'read', on: 'visible' },
      query: allAnalyticsQuerySchema,
      response: { status: 200, data: analyticsSchema, alsoAs: ['text/csv'] },
      errors: ['not_found'],
      endsWithCaller: true,
      handler: async ({ principal, query, reply }) => {
        const answer = await analytics.ofAll(principal, query);
        if (query.format === 'json') return answer;
        reply.header('content-disposition', 'attachment; filename="analytics.csv"');
        return reply.raw(csvType, fileOf(answer.overTime));
      },
    }),
  ];
}

const columns = ['local', 'from', 'to', ...activityKinds] as const;

function fileOf({ bars }: OverTime): Readable {
  async function* all(): AsyncGenerator<string[][]> {
    yield await Promise.resolve(bars.map((bar) => columns.map((column) => String(bar[column]))));
  }
  return Readable.from(csvText(columns, all()));
}
