import { z } from 'zod';
import { optOutBodySchema, optOutPeopleBodySchema, optOutSchema, optedOutSchema } from '../contract/audiences.js';
import { pageQuerySchema } from '../contract/envelope.js';
import { sessionIdSchema } from '../contract/ids.js';
import { phoneNumberSchema } from '../contract/values/phone-numbers.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { OptOutsService } from './opt-outs-service.js';

const tag = 'Audiences';
const params = z.object({ phoneNumber: phoneNumberSchema });
const managing = { capability: 'manage', on: 'organization' } as const;

/** Whom an organization never posts to. */
export function optOutsRoutes(optOuts: OptOutsService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/opt-outs',
      tag,
      summary: 'Never post to this number again',
      description: 'By no session of the organization, or only not by `sessionId`. It holds for every audience.',
      access: managing,
      body: optOutBodySchema,
      response: { status: 201, data: optOutSchema },
      location: ({ phoneNumber }) => `/opt-outs/${phoneNumber}`,
      errors: ['not_found', 'conflict'],
      idempotent: true,
      handler: ({ principal, body, keep }) => optOuts.add(principal, body.phoneNumber, body.sessionId, keep),
    }),
    defineRoute({
      method: 'post',
      path: '/opt-outs/add-people',
      tag,
      summary: 'Never post to these numbers again',
      description: 'Many at once, as `POST /opt-outs` does for one. `changed` is how many were new.',
      access: managing,
      body: optOutPeopleBodySchema,
      response: { status: 200, data: optedOutSchema },
      errors: ['not_found', 'conflict'],
      handler: async ({ principal, body }) => ({
        changed: await optOuts.addAll(principal, body.numbers, body.sessionId),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/opt-outs',
      tag,
      summary: 'Numbers that are never posted to',
      description: 'By number; with `sessionId` for posts of that account only, otherwise for all of the organization.',
      access: { capability: 'read', on: 'organization' },
      query: pageQuerySchema,
      response: { status: 200, page: optOutSchema },
      handler: ({ principal, query }) => optOuts.list(principal, query),
    }),
    defineRoute({
      method: 'delete',
      path: '/opt-outs/:phoneNumber',
      tag,
      summary: 'Allow posting to a number again',
      description:
        'Ends the opt-out for all accounts, or with `sessionId` the one for that account. None there is no failure.',
      access: managing,
      params,
      query: z.object({ sessionId: sessionIdSchema.optional() }),
      response: { status: 204 },
      handler: async ({ principal, params, query }) => {
        await optOuts.delete(principal, params.phoneNumber, query.sessionId);
        return undefined;
      },
    }),
  ];
}
