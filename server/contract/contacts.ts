import { z } from 'zod';
import { pageQuerySchema } from './envelope.js';
import {
  knownJidSchema,
  knownLidJidSchema,
  knownLidSchema,
  knownNumberSchema,
  sessionIdSchema,
  timestampSchema,
} from './ids.js';
import { phoneNumberSchema } from './values/phone-numbers.js';

/** One person of an account's address book. `number` is null while only the LID is known. */
export const contactSchema = z
  .object({
    personId: z.string(),
    number: knownNumberSchema.nullable(),
    lid: knownLidSchema.nullable(),
    jid: knownJidSchema.nullable(),
    name: z
      .string()
      .nullable()
      .meta({ description: 'The saved name, else the verified one, else the one the person goes by.' }),
    savedName: z.string().nullable().meta({ description: 'As saved in the address book of the phone.' }),
    verifiedName: z.string().nullable().meta({
      description: 'Of a business: the name in the certificate that comes with its messages.',
    }),
    pushName: z.string().nullable().meta({ description: 'As the person calls themselves.' }),
    isSaved: z.boolean(),
    inChat: z.boolean().meta({ description: 'There is a chat with this person.' }),
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Contact' });
export type Contact = z.infer<typeof contactSchema>;

export const listContactsQuerySchema = pageQuerySchema.extend({
  search: z.string().max(100).optional().meta({ description: 'Part of a name or number.' }),
  filter: z.enum(['saved', 'all']).default('saved').meta({
    description: 'Those saved on the phone, or also people known from chats and by the names they go by.',
  }),
  sort: z.enum(['name']).default('name'),
});
export type ListContactsQuery = z.infer<typeof listContactsQuerySchema>;

export const contactsSummarySchema = z
  .object({
    sessionId: sessionIdSchema,
    total: z.number().int(),
    saved: z.number().int(),
    pushNameOnly: z
      .number()
      .int()
      .meta({ description: 'Not saved, but known by the name they go by, or by a verified one.' }),
    inChat: z.number().int(),
    chats: z.number().int(),
    warning: z.string().nullable().meta({
      description: 'A sentence once there are as many contacts or chats as are kept; null otherwise.',
    }),
    syncedAt: timestampSchema.nullable().meta({
      description: 'When the phone last told the whole list; null while it has not since the account was linked.',
    }),
    changedAt: timestampSchema.nullable(),
    isResyncing: z.boolean(),
  })
  .meta({ id: 'ContactsSummary' });
export type ContactsSummary = z.infer<typeof contactsSummarySchema>;

/** Answer of `POST …/contacts/resync`: the contacts come in the background, `contacts-updated` tells. */
export const contactsResyncSchema = z
  .object({ sessionId: sessionIdSchema, startedAt: timestampSchema })
  .meta({ id: 'ContactsResync' });
export type ContactsResync = z.infer<typeof contactsResyncSchema>;

/** One chat of an account. No text of any message is kept. */
export const chatSchema = z
  .object({
    id: z.string().meta({ description: 'JID of the person or group.' }),
    personId: z.string().nullable(),
    name: z.string().nullable(),
    isGroup: z.boolean(),
    unreadCount: z.number().int().nonnegative(),
    lastMessageAt: timestampSchema.nullable(),
  })
  .meta({ id: 'Chat' });
export type Chat = z.infer<typeof chatSchema>;

export const checkNumberParamsSchema = z.object({ sessionId: sessionIdSchema, phone: phoneNumberSchema });

export const numberCheckSchema = z
  .object({
    phoneNumber: knownNumberSchema,
    exists: z.boolean(),
    jid: knownJidSchema.nullable(),
    lid: knownLidJidSchema.nullable(),
  })
  .meta({ id: 'NumberCheck' });
export type NumberCheckAnswer = z.infer<typeof numberCheckSchema>;

export const storyPrivacyModes = ['contacts', 'allowlist', 'denylist'] as const;

/** Whom the phone shows statuses to, and what the account's privacy does to views. */
export const storyPrivacySchema = z
  .object({
    sessionId: sessionIdSchema,
    mode: z.enum(storyPrivacyModes).nullable().meta({
      description: 'All contacts, only those of the list, or all but those of the list; null while it is not known.',
    }),
    total: z.number().int().meta({ description: 'How many people are on the list.' }),
    people: z
      .array(contactSchema.pick({ personId: true, number: true, lid: true, name: true }))
      .meta({ description: 'The first 500 of the list.' }),
    readAt: timestampSchema.nullable(),
    readReceipts: z.object({
      areOn: z.boolean().nullable().meta({ description: 'null while it is not known.' }),
      readAt: timestampSchema.nullable(),
      warning: z.string().nullable().meta({ description: 'What it means for views, in words; null when all is well.' }),
    }),
  })
  .meta({ id: 'StoryPrivacy' });
export type StoryPrivacy = z.infer<typeof storyPrivacySchema>;
