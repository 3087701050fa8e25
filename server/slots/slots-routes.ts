import { z } from 'zod';
import { sessionIdSchema } from '../contract/ids.js';
import { postingSlotsSchema, putSlotsBodySchema } from '../contract/planning/plans.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { SessionsService } from '../sessions/sessions-service.js';
import type { SlotsService } from './slots-service.js';

const tag = 'Planning';
const params = z.object({ sessionId: sessionIdSchema });

/** The hours of the week in which an account likes to post. */
export function slotsRoutes(slots: SlotsService, sessions: Pick<SessionsService, 'get'>): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/posting-slots',
      tag,
      summary: 'See the posting slots of an account, and which are free',
      description: 'The times by weekday, and the coming week of them.',
      access: { capability: 'read', on: 'session' },
      params,
      response: { status: 200, data: postingSlotsSchema },
      handler: ({ params: { sessionId } }) => slots.get(sessionId),
    }),
    defineRoute({
      method: 'put',
      path: '/sessions/:sessionId/posting-slots',
      tag,
      summary: 'Set the posting slots of an account',
      description: 'A status with `scheduledAt: "next-free-slot"` takes the next slot that nothing is planned for.',
      access: { capability: 'send', on: 'session' },
      params,
      body: putSlotsBodySchema,
      response: { status: 200, data: postingSlotsSchema },
      handler: async ({ principal, params: { sessionId }, body }) =>
        slots.put(await sessions.get(principal, sessionId), body),
    }),
  ];
}
