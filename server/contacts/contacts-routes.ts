import { z } from 'zod';
import {
  chatSchema,
  checkNumberParamsSchema,
  contactSchema,
  contactsResyncSchema,
  contactsSummarySchema,
  listContactsQuerySchema,
  numberCheckSchema,
  storyPrivacySchema,
} from '../contract/contacts.js';
import { pageQuerySchema } from '../contract/envelope.js';
import { sessionIdSchema } from '../contract/ids.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { ContactsService } from './contacts-service.js';

const tag = 'Contacts';
const params = z.object({ sessionId: sessionIdSchema });
const seen = { capability: 'read', on: 'session' } as const;

/** The account's address book as its phone tells it. */
export function contactsRoutes(contacts: ContactsService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/contacts',
      tag,
      summary: 'List contacts',
      description:
        'Those saved on the phone, by name; `filter=all` adds people known from chats and by the names they go by. Whether somebody has saved ' +
        'this account in turn cannot be known, and only then WhatsApp shows them its statuses.',
      access: seen,
      params,
      query: listContactsQuerySchema,
      response: { status: 200, page: contactSchema },
      handler: ({ params: { sessionId }, query }) => contacts.list(sessionId, query),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/contacts/summary',
      tag,
      summary: 'Count contacts and chats, and read how old the list is',
      description: 'What the phone has told so far; `contacts/resync` asks it again.',
      access: seen,
      params,
      response: { status: 200, data: contactsSummarySchema },
      handler: ({ params: { sessionId } }) => contacts.summary(sessionId),
    }),
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/contacts/resync',
      tag,
      summary: 'Ask the phone for all contacts again',
      description:
        'They come in the background, and no `Prefer: wait` changes that: the phone may be off. `contacts-updated` tells, and `syncedAt` of the ' +
        'summary moves. Who is not told again is not saved any more.',
      access: { capability: 'manage', on: 'session' },
      params,
      response: { status: 202, data: contactsResyncSchema },
      location: ({ sessionId }) => `/sessions/${sessionId}/contacts/summary`,
      errors: ['not_connected'],
      handler: ({ params: { sessionId } }) => contacts.resync(sessionId),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/chats',
      tag,
      summary: 'List chats, the newest message first',
      description: 'As the phone has told them. Of messages only the time is kept.',
      access: seen,
      params,
      query: pageQuerySchema,
      response: { status: 200, page: chatSchema },
      handler: ({ params: { sessionId }, query }) => contacts.listChats(sessionId, query),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/check-number/:phone',
      tag,
      summary: 'Ask WhatsApp whether a number is on it',
      description:
        'At most 10 a minute and 100 a day per account: WhatsApp bans accounts that look up many numbers. The `RateLimit-*` ' +
        'headers of this answer tell of that limit.',
      access: { capability: 'send', on: 'session' },
      params: checkNumberParamsSchema,
      response: { status: 200, data: numberCheckSchema },
      errors: ['not_connected', 'rate_limited', 'whatsapp_error'],
      handler: async ({ params: { sessionId, phone }, reply }) => {
        try {
          return await contacts.checkNumber(sessionId, phone);
        } finally {
          const { limit, remaining, resetSeconds } = contacts.numberChecksLeft(sessionId);
          reply.header('RateLimit-Limit', String(limit));
          reply.header('RateLimit-Remaining', String(remaining));
          reply.header('RateLimit-Reset', String(resetSeconds));
          reply.header('RateLimit-Policy', '10;w=60, 100;w=86400');
        }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/story-privacy',
      tag,
      summary: 'Read whom the phone shows statuses to',
      description: 'As chosen on the phone, read after every connect and followed from then on.',
      access: seen,
      params,
      response: { status: 200, data: storyPrivacySchema },
      handler: ({ params: { sessionId } }) => contacts.storyPrivacy(sessionId),
    }),
  ];
}
