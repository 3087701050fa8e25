import { Readable } from 'node:stream';
import { z } from 'zod';
import { sessionIdSchema, statusIdSchema } from '../contract/ids.js';
import { listViewersQuerySchema, viewerSchema } from '../contract/viewers.js';
import { validationError } from '../lib/app-error.js';
import { defineRoute, type Route } from '../http/define-route.js';
import { viewersFiles } from './viewers-file.js';
import type { ViewersService } from './viewers-service.js';

/** Who got and who viewed a status. */
export function viewersRoutes(viewers: ViewersService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/statuses/:statusId/viewers',
      tag: 'Viewers',
      summary: 'List who viewed a status',
      description:
        'Those who viewed it last come first. `only` asks for others: whom it reached, whom it did not reach, or everybody; `format` for all of them in a file. ' +
        'People who hide read receipts never appear as viewers, so this is a lower bound. Paging is not disturbed by what arrives meanwhile: newcomers wait for the next look, and whoever is listed keeps ' +
        'the place, also when one of their devices tells later that it was earlier.',
      access: { capability: 'read', on: 'session' },
      params: z.object({ sessionId: sessionIdSchema, statusId: statusIdSchema }),
      query: listViewersQuerySchema,
      response: { status: 200, page: viewerSchema, alsoAs: ['text/csv', 'application/jsonl'] },
      errors: ['not_found'],
      handler: async ({ params: { sessionId, statusId }, query, request, reply }) => {
        const { format, only, cursor } = query;
        if (format === 'json') return viewers.list(sessionId, statusId, query);
        if (cursor !== undefined)
          throw validationError('cursor', 'A file has everybody, and no pages. Leave `cursor` out.');
        const { contentType, textOf } = viewersFiles[format];
        const pages = await viewers.everybody(sessionId, statusId, query, request.signal);
        reply.header('content-disposition', `attachment; filename="viewers-${statusId}-${only}.${format}"`);
        return reply.raw(contentType, Readable.from(textOf(pages)));
      },
    }),
  ];
}
