import { z } from 'zod';
import { sessionIdSchema } from '../contract/ids.js';
import { changePaceBodySchema, paceSchema } from '../contract/pace.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { PaceService } from './pace-service.js';

const tag = 'Sessions';
const params = z.object({ sessionId: sessionIdSchema });
const data = paceSchema;

/** How fast a session posts, and ending a pause. */
export function paceRoutes(pace: PaceService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/pace',
      tag,
      summary: 'Read how fast the session may post, and when it may next',
      description: 'Its limits, quiet hours and pauses, with what they mean now.',
      access: { capability: 'read', on: 'session' },
      params,
      response: { status: 200, data },
      handler: ({ params: { sessionId } }) => pace.get(sessionId),
    }),
    defineRoute({
      method: 'patch',
      path: '/sessions/:sessionId/pace',
      tag,
      summary: 'Change how fast the session may post',
      description:
        'What is missing stays. `ratePerMin` and `ratePerHour` are changed with the session itself. What exceeds a limit waits in the queue.',
      access: { capability: 'manage', on: 'session' },
      params,
      body: changePaceBodySchema,
      response: { status: 200, data },
      handler: ({ params: { sessionId }, body }) => pace.change(sessionId, body),
    }),
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/resume-posting',
      tag,
      summary: 'End a pause of posting before its time',
      description: 'For a pause that began because WhatsApp refused posts. Look at the phone first.',
      access: { capability: 'manage', on: 'session' },
      params,
      response: { status: 200, data },
      handler: ({ params: { sessionId } }) => pace.resume(sessionId),
    }),
  ];
}
