import { z } from 'zod';
import { pageQuerySchema } from '../../server/contract/envelope.js';
import { sessionIdSchema } from '../../server/contract/ids.js';
import { defineRoute } from '../../server/http/define-route.js';
import { AppError } from '../../server/lib/app-error.js';
import { madeOfNothing } from '../support/kept-by.js';

const shapeSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('circle'),
    radius: z.number().min(1).optional(),
    label: z.string().nullable().optional(),
    at: z.iso.datetime().optional(),
    marks: z.array(z.strictObject({ name: z.string(), note: z.string().optional() })).optional(),
    extra: z.record(z.string(), z.unknown()).optional(),
  }),
  z.strictObject({ type: z.literal('square'), side: z.number().default(1), caption: z.string().optional() }),
  z.strictObject({ type: z.literal('picture'), caption: z.string(), numbers: z.array(z.string()).optional() }),
]);
const sessionParams = z.object({ sessionId: sessionIdSchema });

/** Routes of every kind, to see what the server makes of them. `made` counts the things that POST made. */
export function sampleRoutes() {
  const made: string[] = [];
  const routes = [
    defineRoute({
      method: 'post',
      path: '/things',
      tag: 'Things',
      summary: 'Make a thing',
      access: { capability: 'manage', on: 'organization' },
      body: z.strictObject({ name: z.string().min(1), size: z.number().int().optional() }),
      response: { status: 201, data: z.object({ name: z.string(), number: z.number() }) },
      location: ({ number }) => `/things/${String(number)}`,
      idempotent: true,
      handler: ({ body }) => {
        if (body.name === 'taken') throw new AppError('conflict', 'There is such a thing.');
        made.push(body.name);
        return madeOfNothing({ name: body.name, number: made.length });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/things',
      tag: 'Things',
      summary: 'List things',
      access: { capability: 'read', on: 'visible' },
      query: pageQuerySchema,
      response: { status: 200, page: z.string() },
      handler: ({ query }) => ({ items: made.slice(0, query.limit), total: made.length, nextCursor: null }),
    }),
    defineRoute({
      method: 'put',
      path: '/shape',
      tag: 'Things',
      summary: 'Say what was understood of a shape',
      access: { capability: 'read', on: 'visible' },
      body: shapeSchema,
      response: { status: 200, data: z.object({ understood: z.unknown() }) },
      handler: ({ body }) => ({ understood: body }),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/thing',
      tag: 'Things',
      summary: 'The thing of a session',
      access: { capability: 'read', on: 'session' },
      params: sessionParams,
      response: { status: 200, data: z.object({ of: z.string(), who: z.string() }) },
      handler: ({ params, principal }) => ({ of: params.sessionId, who: principal.name }),
    }),
    defineRoute({
      method: 'delete',
      path: '/sessions/:sessionId/thing',
      tag: 'Things',
      summary: 'Delete the thing of a session',
      access: { capability: 'manage', on: 'session' },
      params: sessionParams,
      response: { status: 204 },
      handler: () => undefined,
    }),
    defineRoute({
      method: 'get',
      path: '/for-root',
      tag: 'Things',
      summary: 'Only for root',
      access: { root: true },
      response: { status: 200, data: z.object({}) },
      handler: () => ({}),
    }),
    defineRoute({
      method: 'get',
      path: '/for-all',
      tag: 'Things',
      summary: 'For everybody',
      access: { public: true },
      response: { status: 200, data: z.object({ anonymous: z.boolean() }) },
      handler: ({ principal }: { principal: unknown }) => ({ anonymous: principal === undefined }),
    }),
    defineRoute({
      method: 'get',
      path: '/text',
      tag: 'Things',
      summary: 'Text or JSON',
      access: { capability: 'read', on: 'visible' },
      response: { status: 200, data: z.object({ text: z.string() }), alsoAs: ['text/csv'] },
      handler: ({ request, reply }) =>
        request.accepts(['application/json', 'text/csv']) === 'text/csv'
          ? reply.raw('text/csv', 'a,b\n')
          : { text: 'a' },
    }),
    defineRoute({
      method: 'get',
      path: '/broken/:how',
      tag: 'Things',
      summary: 'Fails in several ways',
      access: { capability: 'read', on: 'visible' },
      params: z.object({ how: z.enum(['bug', 'answer', 'busy']) }),
      response: { status: 200, data: z.object({ fine: z.boolean() }) },
      handler: ({ params }) => {
        if (params.how === 'bug') throw new Error('the secret inner reason');
        if (params.how === 'busy') throw new AppError('unavailable', 'Busy.', { retryAfterSeconds: 7 });
        return JSON.parse('{"fine":"not a boolean"}') as { fine: boolean };
      },
    }),
  ];
  return { routes, made };
}
