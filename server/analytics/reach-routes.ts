import { Readable } from 'node:stream';
import { analyticsOfSessionParams, funnelSteps } from '../contract/analytics/analytics.js';
import {
  type ReachAnalytics,
  reachAnalyticsQuerySchema,
  reachAnalyticsSchema,
} from '../contract/analytics/reach-analytics.js';
import { defineRoute, type Route } from '../http/define-route.js';
import { csvText } from '../lib/csv/csv-text.js';
import type { ReachService } from './reach-service.js';

const description =
  'Posts that went out from `from` to `to`, put together by `by`: how many people they were for, who got, viewed, liked, answered and opened a link, together and on average, and the shares of them. ' +
  'People who hide read receipts are never known to have viewed, so that views and all shares of them are a lower bound.';

/** What posts reached, by list, tag, segment, type or template. */
export function reachRoutes(reach: ReachService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/analytics/reach',
      tag: 'Analytics',
      summary: 'What the posts of an account reached, by list, tag, segment, type or template',
      description,
      access: { capability: 'read', on: 'session' },
      params: analyticsOfSessionParams,
      query: reachAnalyticsQuerySchema,
      response: { status: 200, data: reachAnalyticsSchema, alsoAs: ['text/csv'] },
      errors: ['not_found'],
      endsWithCaller: true,
      handler: async ({ principal, params: { sessionId }, query, reply }) => {
        const answer = await reach.ofPosts(principal, sessionId, query);
        if (query.format === 'json') return answer;
        reply.header('content-disposition', `attachment; filename="reach-${sessionId}-${query.by}.csv"`);
        return reply.raw('text/csv; charset=utf-8', fileOf(answer));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/analytics/reach',
      tag: 'Analytics',
      summary: 'What the posts of all accounts that the key may see reached, by list, tag, segment, type or template',
      description,
      access: { capability: 'read', on: 'visible' },
      query: reachAnalyticsQuerySchema,
      response: { status: 200, data: reachAnalyticsSchema, alsoAs: ['text/csv'] },
      endsWithCaller: true,
      handler: async ({ principal, query, reply }) => {
        const answer = await reach.ofPosts(principal, null, query);
        if (query.format === 'json') return answer;
        reply.header('content-disposition', `attachment; filename="reach-${query.by}.csv"`);
        return reply.raw('text/csv; charset=utf-8', fileOf(answer));
      },
    }),
  ];
}

const shares = ['delivered', 'viewed', 'reacted', 'replied', 'clicked'] as const;
const columns = ['key', 'name', 'posts', ...funnelSteps, ...shares.map((step) => `${step}Share`)];

function fileOf({ groups }: ReachAnalytics): Readable {
  async function* all(): AsyncGenerator<string[][]> {
    const lines = groups.map(({ key, name, posts, sums, rates }) => [
      ...[key, name ?? '', String(posts)],
      ...funnelSteps.map((step) => String(sums[step])),
      ...shares.map((step) => String(rates[step] ?? '')),
    ]);
    yield await Promise.resolve(lines);
  }
  return Readable.from(csvText(columns, all()));
}
