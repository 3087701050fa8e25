import { z } from 'zod';
import { audiencePreviewSchema } from '../contract/audiences.js';
import { sessionIdSchema } from '../contract/ids.js';
import { audiencePreviewBodySchema } from '../contract/statuses.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { AudiencePreviews } from './audience-preview.js';

/** Seeing whom a post would reach, before it is sent. */
export function audiencePreviewRoutes(previews: AudiencePreviews): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/audience-preview',
      tag: 'Statuses',
      summary: 'See who would get a status, who not and why',
      description: 'Takes the same `audience` or `targetNumbers` as sending. Nothing is sent or changed.',
      access: { capability: 'send', on: 'session' },
      params: z.object({ sessionId: sessionIdSchema }),
      body: audiencePreviewBodySchema,
      endsWithCaller: true,
      response: { status: 200, data: audiencePreviewSchema },
      handler: ({ principal, params, body }) => previews.preview(principal, params.sessionId, body),
    }),
  ];
}
