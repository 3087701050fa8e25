import { z } from 'zod';
import { clicksOfStatusSchema, linkTrackingSchema, type LinkTracking } from '../contract/clicks.js';
import { sessionIdSchema, statusIdSchema } from '../contract/ids.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { ClicksService } from './clicks-service.js';

/** `tracking`: what this server can do with links. */
export function clicksRoutes(clicks: Pick<ClicksService, 'ofStatus'>, tracking: LinkTracking): Route[] {
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
    defineRoute({
      method: 'get',
      path: '/link-tracking',
      tag: 'Statuses',
      summary: 'See whether clicks on links can be counted',
      description:
        'Links of posts with `trackLinks` are short addresses of this server, so that phones have to reach it: PUBLIC_URL says where.',
      access: { capability: 'read', on: 'visible' },
      response: { status: 200, data: linkTrackingSchema },
      handler: () => Promise.resolve(tracking),
    }),
  ];
}
