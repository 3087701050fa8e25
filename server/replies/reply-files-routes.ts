import { replyParamsSchema, replySchema } from '../contract/inbox/replies.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { ReplyFilesService } from './reply-files-service.js';

/** What can be done about the file of a reply that is not here. */
export function replyFilesRoutes(files: ReplyFilesService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/replies/:replyId/file',
      tag: 'Replies',
      summary: 'Fetch the file of a reply again',
      description:
        'Files are fetched by themselves; this is for one that is `missing` because it was `unreachable`, `too_large` or found `no_room`, after ' +
        'that was mended. It is `fetching` then, and `replies-updated` tells when it is here, or why not. One that is here, or on its way, is success.',
      access: { capability: 'send', on: 'session' },
      params: replyParamsSchema,
      response: { status: 200, data: replySchema },
      errors: ['not_found', 'conflict'],
      handler: ({ params: { sessionId, replyId } }) => files.retry(sessionId, replyId),
    }),
  ];
}
