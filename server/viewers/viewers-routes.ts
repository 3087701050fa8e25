import { z } from 'zod';
import { sessionIdSchema, statusIdSchema } from '../contract/ids.js';
import { listViewersQuerySchema, viewerSchema } from '../contract/viewers.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { ViewersService } from './viewers-service.js';

/** Who got and who viewed a status. */
export function viewersRoutes(viewers: ViewersService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/statuses/:statusId/viewers',
      tag: 'Viewers',
      summary: 'List who viewed a status',
      description:
        'Those who viewed it last come first. `only` asks for others: whom it reached, who is not known to have viewed it, or everybody. People who hide read receipts never appear as ' +
        'viewers, so this is a lower bound. Paging is not disturbed by what arrives meanwhile: newcomers wait for the next look, and whoever is listed keeps ' +
        'the place, also when one of their devices tells later that it was earlier.',
      access: { capability: 'read', on: 'session' },
      params: z.object({ sessionId: sessionIdSchema, statusId: statusIdSchema }),
      query: listViewersQuerySchema,
      response: { status: 200, page: viewerSchema },
      errors: ['not_found'],
      handler: ({ params, query }) => viewers.list(params.sessionId, params.statusId, query),
    }),
  ];
}
