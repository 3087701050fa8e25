import { answerReplyBodySchema, answerSchema, replyParamsSchema } from '../contract/inbox/replies.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { AnswersService } from './answers-service.js';

/** Answering replies. */
export function answersRoutes(answers: AnswersService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/replies/:replyId/answer',
      tag: 'Replies',
      summary: 'Answer a reply',
      description:
        'Writes a private message, which quotes the reply, to the person: a text, or a file that was uploaded. It is accepted into a queue, goes out as soon as ' +
        'the account is connected, once, and `reply-answered` tells of each change of its state. With `presenceTyping` the person is shown first that ' +
        'the account types; with `autoRead` the reply is marked as read on their phone. Also somebody who opted out of posts may be answered: they wrote first. ' +
        'The reply counts as read here from then on.',
      access: { capability: 'send', on: 'session' },
      params: replyParamsSchema,
      body: answerReplyBodySchema,
      response: { status: 202, data: answerSchema },
      location: ({ sessionId, replyId }) => `/sessions/${sessionId}/replies/${replyId}`,
      errors: ['not_found', 'conflict', 'not_connected'],
      idempotent: true,
      handler: ({ principal, params, body, keep }) => answers.accept(principal, params, body, keep),
    }),
  ];
}
