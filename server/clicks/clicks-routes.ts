import { z } from 'zod';
import { clicksOfStatusSchema } from '../contract/clicks.js';
import { sessionIdSchema, statusIdSchema } from '../contract/ids.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { ClicksService } from './clicks-service.js';

export function clicksRoutes(clicks: Pick<ClicksService, 'ofStatus'>): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/statuses/:statusId/links',
      tag: 'Viewers',
      summary: 'See how often the links of a status were opened',
      description:
        'Each link as it was written and as people see it, with its clicks where they are counted (`trackLinks`), and the hours in ' +
        'which they came. Robots, previews of links and pages that are read ahead are left out. Who clicked is not kept: a salted ' +
        'hash of the network address and the browser keeps one device from counting twice, and is destroyed with its day (UTC).',
      access: { capability: 'read', on: 'session' },
      params: z.object({ sessionId: sessionIdSchema, statusId: statusIdSchema }),
      response: { status: 200, data: clicksOfStatusSchema },
      errors: ['not_found'],
      handler: ({ params }) => clicks.ofStatus(params.sessionId, params.statusId),
    }),
  ];
}
