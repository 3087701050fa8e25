import { z } from 'zod';
import { sessionIdSchema, statusIdSchema } from '../contract/ids.js';
import { audiencePreviewSchema } from '../contract/audiences.js';
import {
  audiencePreviewBodySchema,
  listStatusesQuerySchema,
  sendStatusBodySchema,
  statusSchema,
} from '../contract/statuses.js';
import { defineRoute, type Route } from '../http/define-route.js';
import { maxWaitSeconds, preferredWaitSeconds } from './prefer-wait.js';
import type { AudiencePreviews } from './audience-preview.js';
import type { StatusesService } from './statuses-service.js';

const tag = 'Statuses';
const sessionParams = z.object({ sessionId: sessionIdSchema });
const statusParams = sessionParams.extend({ statusId: statusIdSchema });

/** Posting, listing, reading and taking back statuses. */
export function statusesRoutes(statuses: StatusesService, previews: AudiencePreviews): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/audience-preview',
      tag,
      summary: 'See who would get a status, who not and why',
      description: 'Takes the same `audience` or `targetNumbers` as sending. Nothing is sent or changed.',
      access: { capability: 'send', on: 'session' },
      params: sessionParams,
      body: audiencePreviewBodySchema,
      response: { status: 200, data: audiencePreviewSchema },
      handler: ({ principal, params, body }) => previews.preview(principal, params.sessionId, body),
    }),
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/send-status',
      tag,
      summary: 'Post a status',
      description:
        'Accepts the status into the queue of the session and answers at once with its state `queued`. It goes out as soon as ' +
        'the account is connected, to the people named and to the own account. With `Prefer: wait=30` the answer comes with the ' +
        `outcome, or unfinished after that many seconds (at most ${String(maxWaitSeconds)}).`,
      access: { capability: 'send', on: 'session' },
      params: sessionParams,
      body: sendStatusBodySchema,
      response: { status: 202, data: statusSchema },
      errors: ['not_connected', 'empty_audience'],
      idempotent: true,
      handler: ({ principal, params, body, request, reply }) => {
        const waitSeconds = preferredWaitSeconds(request.header('prefer')) ?? 0;
        if (waitSeconds > 0) reply.header('Preference-Applied', `wait=${String(waitSeconds)}`);
        const wait = { waitMs: waitSeconds * 1000, signal: request.signal };
        return statuses.send(principal, params.sessionId, body, wait);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/statuses',
      tag,
      summary: 'List the statuses of a session',
      description: 'Newest first, from the last 24 hours unless `from` says otherwise.',
      access: { capability: 'read', on: 'session' },
      params: sessionParams,
      query: listStatusesQuerySchema,
      response: { status: 200, page: statusSchema },
      handler: ({ principal, params, query }) => statuses.list(principal, params.sessionId, query),
    }),
    defineRoute({
      method: 'get',
      path: '/statuses',
      tag,
      summary: 'List the statuses of every session that the key may see',
      description: 'Newest first, from the last 24 hours unless `from` says otherwise.',
      access: { capability: 'read', on: 'visible' },
      query: listStatusesQuerySchema,
      response: { status: 200, page: statusSchema },
      handler: ({ principal, query }) => statuses.list(principal, null, query),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/statuses/:statusId',
      tag,
      summary: 'Read one status with its counts',
      access: { capability: 'read', on: 'session' },
      params: statusParams,
      response: { status: 200, data: statusSchema },
      errors: ['not_found'],
      handler: ({ params }) => statuses.get(params.sessionId, params.statusId),
    }),
    defineRoute({
      method: 'delete',
      path: '/sessions/:sessionId/statuses/:statusId',
      tag,
      summary: 'Take back a status that is not sent yet',
      access: { capability: 'send', on: 'session' },
      params: statusParams,
      response: { status: 200, data: statusSchema },
      errors: ['not_found', 'conflict'],
      handler: ({ params }) => statuses.cancel(params.sessionId, params.statusId),
    }),
  ];
}
