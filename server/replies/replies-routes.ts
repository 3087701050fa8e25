import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Principal } from '../access/principal.js';
import { sessionIdSchema } from '../contract/ids.js';
import {
  type ListRepliesQuery,
  listRepliesQuerySchema,
  markedRepliesSchema,
  markRepliesBodySchema,
  optOutRuleSchema,
  patchReplyBodySchema,
  putOptOutRuleBodySchema,
  replyParamsSchema,
  replySchema,
  unreadRepliesSchema,
} from '../contract/inbox/replies.js';
import { defineRoute, type Route, type RouteReply, type RouteRequest } from '../http/define-route.js';
import { validationError } from '../lib/app-error.js';
import { attachmentName, servedType } from './served-file.js';
import type { OptingOut } from './opting-out.js';
import { repliesFiles } from './replies-file.js';
import type { RepliesService } from './replies-service.js';

const tag = 'Replies';
const ofSession = { params: z.object({ sessionId: sessionIdSchema }) };

/** The inbox: what people answer to statuses. */
export function repliesRoutes(replies: RepliesService, optingOut: OptingOut): Route[] {
  const listing = {
    method: 'get',
    tag,
    query: listRepliesQuerySchema,
    response: { status: 200, page: replySchema, alsoAs: ['text/csv', 'application/jsonl'] },
  } as const;
  const listed = async (
    principal: Principal,
    sessionId: string | null,
    { query, request, reply }: { query: ListRepliesQuery; request: RouteRequest; reply: RouteReply },
  ) => {
    const { format, cursor } = query;
    if (format === 'json') return replies.list(principal, sessionId, query);
    if (cursor !== undefined)
      throw validationError('cursor', 'A file has all replies, and no pages. Leave `cursor` out.');
    const { contentType, textOf } = repliesFiles[format];
    const pages = await replies.everything(principal, sessionId, query, request.signal);
    reply.header('content-disposition', `attachment; filename="replies.${format}"`);
    return reply.raw(contentType, Readable.from(textOf(pages)));
  };
  const counting = {
    method: 'get',
    tag,
    description: 'In all, and of which sessions.',
    endsWithCaller: true,
    response: { status: 200, data: unreadRepliesSchema },
  } as const;
  const markingAll = {
    method: 'post',
    tag,
    description:
      'With `until`, only those that were received until then, so that what came after a list was read stays unread. Nothing is told to their senders.',
    body: markRepliesBodySchema,
    response: { status: 200, data: markedRepliesSchema },
  } as const;
  return [
    defineRoute({
      ...listing,
      path: '/replies',
      summary: 'List replies to the statuses of all sessions',
      description:
        'Messages that answer a status. What came last comes first; private messages that answer none are not kept. `format` gives all of them in a file.',
      access: { capability: 'read', on: 'visible' },
      handler: ({ principal, ...given }) => listed(principal, null, given),
    }),
    defineRoute({
      ...counting,
      path: '/replies/unread',
      summary: 'Count the replies that nobody has read',
      access: { capability: 'read', on: 'visible' },
      handler: ({ principal }) => replies.unread(principal, null),
    }),
    defineRoute({
      ...markingAll,
      path: '/replies/read',
      summary: 'Mark the replies of all sessions as read',
      access: { capability: 'send', on: 'visible' },
      handler: async ({ principal, body }) => ({ changed: await replies.markAll(principal, null, body.until) }),
    }),
    defineRoute({
      method: 'get',
      path: '/replies/opt-out-rule',
      tag,
      summary: 'Read by which words people opt out',
      description: 'Until somebody has changed it, it is off and has words in many languages.',
      access: { capability: 'read', on: 'organization' },
      response: { status: 200, data: optOutRuleSchema },
      handler: ({ principal }) => optingOut.rule(principal),
    }),
    defineRoute({
      method: 'put',
      path: '/replies/opt-out-rule',
      tag,
      summary: 'Change by which words people opt out',
      description:
        'While it is on, whoever answers a status with just one of the words is opted out of the posts of all accounts of the organization, as with ' +
        '`POST /opt-outs`. It counts for replies that come from then on. Of words that differ only by case or accents the first stays.',
      access: { capability: 'manage', on: 'organization' },
      body: putOptOutRuleBodySchema,
      response: { status: 200, data: optOutRuleSchema },
      handler: ({ principal, body }) => optingOut.change(principal, body),
    }),
    defineRoute({
      ...listing,
      ...ofSession,
      path: '/sessions/:sessionId/replies',
      summary: 'List replies to the statuses of one session',
      description: 'As `GET /replies`, of one session.',
      access: { capability: 'read', on: 'session' },
      handler: ({ principal, params, ...given }) => listed(principal, params.sessionId, given),
    }),
    defineRoute({
      ...markingAll,
      ...ofSession,
      path: '/sessions/:sessionId/replies/read',
      summary: 'Mark the replies of one session as read',
      access: { capability: 'send', on: 'session' },
      handler: async ({ principal, params, body }) => ({
        changed: await replies.markAll(principal, params.sessionId, body.until),
      }),
    }),
    defineRoute({
      ...counting,
      ...ofSession,
      path: '/sessions/:sessionId/replies/unread',
      summary: 'Count the replies of one session that nobody has read',
      access: { capability: 'read', on: 'session' },
      handler: ({ principal, params }) => replies.unread(principal, params.sessionId),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/replies/:replyId',
      tag,
      summary: 'Read one reply',
      description: 'With who wrote it, what it answers and where its file is.',
      access: { capability: 'read', on: 'session' },
      params: replyParamsSchema,
      response: { status: 200, data: replySchema },
      errors: ['not_found'],
      handler: ({ params: { sessionId, replyId } }) => replies.get(sessionId, replyId),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/replies/:replyId/file',
      tag,
      summary: 'Get the file of a reply',
      description:
        'As its sender made it: nobody has looked into it. It is to be saved, not shown, and what is not one of the usual kinds of pictures, ' +
        'sound and films comes without saying what it is. With ranges.',
      access: { capability: 'read', on: 'session' },
      params: replyParamsSchema,
      response: { status: 200, raw: ['application/octet-stream', 'image/*', 'video/*', 'audio/*'] },
      errors: ['not_found', 'range_not_satisfiable'],
      handler: async ({ params: { sessionId, replyId }, reply }) => {
        const { path, mimeType, filename } = await replies.open(sessionId, replyId);
        reply.header('content-disposition', attachmentName(filename ?? `reply-${replyId}`));
        reply.header('content-security-policy', "default-src 'none'; sandbox");
        reply.header('x-content-type-options', 'nosniff');
        return reply.file(servedType(mimeType), path);
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/sessions/:sessionId/replies/:replyId',
      tag,
      summary: 'Mark one reply as read or unread',
      description: 'Here, for everybody who reads the inbox. Nothing is told to its sender.',
      access: { capability: 'send', on: 'session' },
      params: replyParamsSchema,
      body: patchReplyBodySchema,
      response: { status: 200, data: replySchema },
      errors: ['not_found'],
      handler: ({ params: { sessionId, replyId }, body }) => replies.mark(sessionId, replyId, body.isRead),
    }),
    defineRoute({
      method: 'delete',
      path: '/sessions/:sessionId/replies/:replyId',
      tag,
      summary: 'Delete one reply here',
      description:
        'With its file. It stays on the phones, and that the person answered stays counted. Refused while an answer to it has not left: it would go too.',
      access: { capability: 'send', on: 'session' },
      params: replyParamsSchema,
      response: { status: 204 },
      errors: ['not_found', 'conflict'],
      handler: async ({ params: { sessionId, replyId } }) => {
        await replies.delete(sessionId, replyId);
        return undefined;
      },
    }),
  ];
}
