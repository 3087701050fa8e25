import { z } from 'zod';
import {
  broadcastIdSchema,
  broadcastSchema,
  broadcastSummarySchema,
  createBroadcastBodySchema,
  listBroadcastsQuerySchema,
} from '../contract/planning/broadcasts.js';
import { defineRoute, type Route } from '../http/define-route.js';
import { broadcastFailure } from './broadcast-failure.js';
import type { BroadcastsService } from './broadcasts-service.js';

const tag = 'Broadcasts';
const params = z.object({ broadcastId: broadcastIdSchema });

/** One post on many accounts. */
export function broadcastsRoutes(broadcasts: BroadcastsService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/broadcasts',
      tag,
      summary: 'Post a status on many accounts',
      description:
        'Takes the fields of `send-status`, and `sessionIds` or `all`. Every account gets a status of its own; what one of them ' +
        'cannot post is `refused` with the reason and does not keep the others. A variable must have a value on each of them. ' +
        'With `Prefer: wait=30` the answer comes when nothing of it is to come any more, or unfinished after that many seconds; ' +
        'where no account has posted it, that is an error, with the broadcast in `details.broadcast`.',
      access: { capability: 'send', on: 'organization' },
      body: createBroadcastBodySchema,
      response: { status: 202, data: broadcastSchema },
      location: ({ id }) => `/broadcasts/${id}`,
      errors: ['not_found', 'conflict', 'not_connected', 'empty_audience', 'whatsapp_error'],
      failure: broadcastFailure,
      idempotent: true,
      waits: true,
      handler: ({ principal, body, wait, keep }) => broadcasts.create(principal, body, { ...wait, keep }),
    }),
    defineRoute({
      method: 'get',
      path: '/broadcasts',
      tag,
      summary: 'List broadcasts',
      description: 'Newest first.',
      access: { capability: 'read', on: 'organization' },
      query: listBroadcastsQuerySchema,
      response: { status: 200, page: broadcastSummarySchema },
      handler: ({ principal, query }) => broadcasts.list(principal, query),
    }),
    defineRoute({
      method: 'get',
      path: '/broadcasts/:broadcastId',
      tag,
      summary: 'Read a broadcast: what became of it on each account, and all together',
      description: 'The sums are of the statuses as they are now.',
      access: { capability: 'read', on: 'organization' },
      params,
      response: { status: 200, data: broadcastSchema },
      errors: ['not_found'],
      handler: ({ principal, params: { broadcastId } }) => broadcasts.get(principal, broadcastId),
    }),
    defineRoute({
      method: 'delete',
      path: '/broadcasts/:broadcastId',
      tag,
      summary: 'Cancel what has not gone out yet',
      description: 'What is on WhatsApp already stays there; its statuses can be deleted one by one.',
      access: { capability: 'send', on: 'organization' },
      params,
      response: { status: 200, data: broadcastSchema },
      errors: ['not_found'],
      handler: ({ principal, params: { broadcastId } }) => broadcasts.cancel(principal, broadcastId),
    }),
  ];
}
