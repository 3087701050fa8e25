import { z } from 'zod';
import { sessionIdSchema, statusIdSchema } from '../contract/ids.js';
import { listRecipientsQuerySchema, recipientSchema } from '../contract/recipients.js';
import {
  changeStatusBodySchema,
  listStatusesQuerySchema,
  repostStatusBodySchema,
  sendStatusBodySchema,
  type Status,
  statusSchema,
} from '../contract/statuses.js';
import { defineRoute, type Route } from '../http/define-route.js';
import { maxWaitSeconds } from '../http/prefer-wait.js';
import type { AcceptingService } from './accepting-service.js';
import { postingFailure, takingBackFailure } from './awaited-outcome.js';
import type { RecipientsService } from './recipients-service.js';
import type { RepostsService } from './reposts-service.js';
import type { StatusChangesService } from './status-changes-service.js';
import type { StatusesService } from './statuses-service.js';

const tag = 'Statuses';
const sessionParams = z.object({ sessionId: sessionIdSchema });
const statusParams = sessionParams.extend({ statusId: statusIdSchema });

const failedOutcome =
  'where the post failed, that is an error, with its reason in words and the status in `details.status`.';
const withOutcome = `With \`Prefer: wait=30\` the answer comes with the outcome; ${failedOutcome}`;

export interface StatusesServices {
  statuses: StatusesService;
  accepting: AcceptingService;
  changes: StatusChangesService;
  listing: RecipientsService;
  reposts: RepostsService;
}

/** Posting, listing, reading, changing and taking back statuses. */
export function statusesRoutes({ statuses, accepting, changes, listing, reposts }: StatusesServices): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/send-status',
      tag,
      summary: 'Post a status',
      description:
        'Accepts the status into the queue of the session and answers at once with its state `queued`. It goes out as soon as ' +
        'the account is connected, to the people named and to the own account. With `Prefer: wait=30` the answer comes with the ' +
        `outcome, or unfinished after that many seconds (at most ${String(maxWaitSeconds)}); ${failedOutcome}`,
      access: { capability: 'send', on: 'session' },
      params: sessionParams,
      body: sendStatusBodySchema,
      response: { status: 202, data: statusSchema },
      location: locationOf,
      errors: ['not_connected', 'empty_audience', 'conflict', 'whatsapp_error'],
      failure: postingFailure,
      idempotent: true,
      waits: true,
      handler: ({ principal, params, body, wait, keep }) =>
        accepting.send(principal, params.sessionId, body, { ...wait, keep }),
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
      description: 'Its state, what it waits for, why it failed, and how many people were reached and viewed it.',
      access: { capability: 'read', on: 'session' },
      params: statusParams,
      response: { status: 200, data: statusSchema },
      errors: ['not_found'],
      handler: ({ params }) => statuses.get(params.sessionId, params.statusId),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/statuses/:statusId/recipients',
      tag,
      summary: 'See who a status was for, who got it, and why others did not',
      description: 'In the order of sending.',
      access: { capability: 'read', on: 'session' },
      params: statusParams,
      query: listRecipientsQuerySchema,
      response: { status: 200, page: recipientSchema },
      errors: ['not_found'],
      handler: ({ params, query }) => listing.list(params.sessionId, params.statusId, query),
    }),
    defineRoute({
      method: 'patch',
      path: '/sessions/:sessionId/statuses/:statusId',
      tag,
      summary: 'Change a status that is not sent yet',
      description:
        'What is missing stays. Once something of it was handed to WhatsApp it cannot be changed any more: that is a conflict.',
      access: { capability: 'send', on: 'session' },
      params: statusParams,
      body: changeStatusBodySchema,
      response: { status: 200, data: statusSchema },
      errors: ['not_found', 'conflict', 'empty_audience'],
      handler: ({ principal, params, body }) => changes.change(principal, params.sessionId, params.statusId, body),
    }),
    defineRoute({
      method: 'delete',
      path: '/sessions/:sessionId/statuses/:statusId',
      tag,
      summary: 'Take back a status: cancel it, or delete it from everybody’s phone',
      description:
        'What has not left is `canceled`. What has is taken back from those who got it, the own devices first: the answer ' +
        'comes at once with `deletingSince`, and the state becomes `deleted` when WhatsApp has confirmed it (event ' +
        '`status-deleted`), also after a restart. A status on its way stops after the part that is leaving. With ' +
        '`Prefer: wait=30` the answer comes with the outcome; where WhatsApp did not take it back, that is an error, with the ' +
        'status in `details.status`. Repeating it is harmless.',
      access: { capability: 'send', on: 'session' },
      params: statusParams,
      response: { status: 200, data: statusSchema },
      errors: ['not_found', 'conflict', 'whatsapp_error'],
      failure: takingBackFailure,
      waits: true,
      handler: ({ params, wait }) => changes.delete(params.sessionId, params.statusId, wait),
    }),
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/statuses/:statusId/retry',
      tag,
      summary: 'Try a failed status again',
      description:
        'For the same people, without those who have it already. Also for one that is `sent` but reached only a part of ' +
        `its audience (\`recipients.open\`): it goes on with the rest. ${withOutcome}`,
      access: { capability: 'send', on: 'session' },
      params: statusParams,
      response: { status: 202, data: statusSchema },
      location: locationOf,
      errors: ['not_found', 'conflict', 'empty_audience', 'whatsapp_error'],
      failure: postingFailure,
      idempotent: true,
      waits: true,
      handler: ({ principal, params, wait, keep }) =>
        changes.retry(principal, params.sessionId, params.statusId, { ...wait, keep }),
    }),
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/statuses/:statusId/repost',
      tag,
      summary: 'Post a past status again',
      description:
        'As a new status with the same content, for the same choice of people: lists, contacts and segments are looked up ' +
        'anew, who was named by number stays named. What the body gives counts instead. ' +
        `Of a video that was posted in parts, this part. ${withOutcome}`,
      access: { capability: 'send', on: 'session' },
      params: statusParams,
      body: repostStatusBodySchema,
      response: { status: 202, data: statusSchema },
      location: locationOf,
      errors: ['not_found', 'conflict', 'not_connected', 'empty_audience', 'whatsapp_error'],
      failure: postingFailure,
      idempotent: true,
      waits: true,
      handler: ({ principal, params, body, wait, keep }) => reposts.repost(principal, params, body, { ...wait, keep }),
    }),
  ];
}

function locationOf({ sessionId, id }: Status): string {
  return `/sessions/${sessionId}/statuses/${id}`;
}
