import { Readable } from 'node:stream';
import { z } from 'zod';
import { sessionIdSchema } from '../contract/ids.js';
import { listViewingPeopleQuerySchema, viewingPersonSchema } from '../contract/analytics/people-analytics.js';
import { defineRoute, type Route } from '../http/define-route.js';
import { validationError } from '../lib/app-error.js';
import { viewingPeopleFiles, type ViewingPeopleService } from './viewing-people-service.js';

/** Who of an account's people is loyal, new or lost. */
export function viewingPeopleRoutes(people: ViewingPeopleService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/analytics/people',
      tag: 'Analytics',
      summary: 'Who is loyal, newly won or lost',
      description:
        'People by what they did with all posts of the account together, also with those of which the views are forgotten by now. ' +
        'People who hide read receipts are never known to have viewed: who seems lost may only have switched them off.',
      access: { capability: 'read', on: 'session' },
      params: z.object({ sessionId: sessionIdSchema }),
      query: listViewingPeopleQuerySchema,
      response: { status: 200, page: viewingPersonSchema, alsoAs: ['text/csv', 'application/jsonl'] },
      handler: async ({ params: { sessionId }, query, request, reply }) => {
        const { format, kind, cursor } = query;
        if (format === 'json') return people.list(sessionId, query);
        if (cursor !== undefined)
          throw validationError('cursor', 'A file has everybody, and no pages. Leave `cursor` out.');
        const { contentType, textOf } = viewingPeopleFiles[format];
        reply.header('content-disposition', `attachment; filename="people-${sessionId}-${kind}.${format}"`);
        return reply.raw(contentType, Readable.from(textOf(people.everybody(sessionId, query, request.signal))));
      },
    }),
  ];
}
