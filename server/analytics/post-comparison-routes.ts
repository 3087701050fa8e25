import { postComparisonQuerySchema, postComparisonSchema } from '../contract/analytics/post-comparison.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { PostComparisonService } from './post-comparison-service.js';

/** Chosen posts beside each other. */
export function postComparisonRoutes(comparison: PostComparisonService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/analytics/comparison',
      tag: 'Analytics',
      summary: 'Compare posts, each at the same age',
      description:
        'What people had done with each of these posts so long after it went out, so that one of this morning can stand beside one of last week. ' +
        'People who hide read receipts are never known to have viewed: views, and all shares of them, are a lower bound for each of the posts. ' +
        'Times are compared by `compareFrom`, and accounts by `sessionIds`, of `GET /api/analytics`.',
      access: { capability: 'read', on: 'visible' },
      query: postComparisonQuerySchema,
      response: { status: 200, data: postComparisonSchema },
      errors: ['not_found'],
      endsWithCaller: true,
      handler: ({ principal, query }) => comparison.compare(principal, query),
    }),
  ];
}
