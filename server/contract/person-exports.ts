import { z } from 'zod';
import { answerOrigins, replyKinds } from './inbox/replies.js';
import {
  knownLidSchema,
  knownNumberSchema,
  replyIdSchema,
  sessionIdSchema,
  statusIdSchema,
  timestampSchema,
} from './ids.js';
import { personFieldsSchema } from './person-fields.js';
import { recipientOutcomeSchema } from './recipients.js';

/** Posts told in one export; somebody who gets ten a day for three years has no more. */
export const mostExportedStatuses = 10_000;

const nameSchema = z.string().nullable();

const exportedStatusSchema = z
  .object({
    statusId: statusIdSchema,
    postedAt: timestampSchema.nullable(),
    outcome: recipientOutcomeSchema.nullable().meta({
      description: 'What became of it for this person; null where they are not on record as a recipient.',
    }),
    sentAt: timestampSchema.nullable(),
    takenBackAt: timestampSchema.nullable(),
    deliveredAt: timestampSchema.nullable(),
    viewedAt: timestampSchema.nullable(),
    playedAt: timestampSchema.nullable(),
    reaction: z.string().nullable(),
    reactedAt: timestampSchema.nullable(),
    repliedAt: timestampSchema.nullable(),
  })
  .meta({ id: 'ExportedStatus' });
export type ExportedStatus = z.infer<typeof exportedStatusSchema>;

/** Replies told in one export. */
export const mostExportedReplies = 10_000;

const exportedReplySchema = z
  .object({
    replyId: replyIdSchema,
    statusId: statusIdSchema.nullable().meta({ description: 'null while it is not known what it answers.' }),
    kind: z.enum(replyKinds),
    text: z.string().nullable().meta({ example: 'Is there any left?' }),
    filename: z.string().nullable().meta({ example: 'order.pdf' }),
    mimeType: z.string().nullable(),
    hasFile: z.boolean().meta({ description: 'Whether its file is kept: `GET /sessions/…/replies/…/file` gives it.' }),
    sentAt: timestampSchema,
    receivedAt: timestampSchema,
    takenBackAt: timestampSchema.nullable(),
    answers: z
      .array(
        z.object({
          origin: z.enum(answerOrigins),
          text: z.string().nullable().meta({ example: 'Yes, until six.' }),
          filename: z.string().nullable().meta({ example: '1769594400-4k2v9x8m1q7d3c5b.jpg' }),
          createdAt: timestampSchema,
          sentAt: timestampSchema.nullable(),
          deliveredAt: timestampSchema.nullable(),
          readAt: timestampSchema.nullable(),
        }),
      )
      .meta({ description: 'What was answered to it, oldest first.' }),
  })
  .meta({ id: 'ExportedReply' });
export type ExportedReply = z.infer<typeof exportedReplySchema>;

const exportedAccountSchema = z
  .object({
    sessionId: sessionIdSchema,
    personId: z.string(),
    phoneNumber: knownNumberSchema.nullable(),
    lid: knownLidSchema.nullable(),
    savedName: nameSchema,
    verifiedName: nameSchema,
    pushName: nameSchema,
    knownSince: timestampSchema,
    isSaved: z.boolean(),
    chats: z.array(z.object({ name: nameSchema, lastMessageAt: timestampSchema.nullable() })),
    isOnStoryPrivacyList: z.boolean(),
    totals: z
      .object({
        viewed: z.number().int(),
        reacted: z.number().int(),
        replied: z.number().int(),
        firstViewedAt: timestampSchema.nullable(),
        lastViewedAt: timestampSchema.nullable(),
        lastReactedAt: timestampSchema.nullable(),
        lastRepliedAt: timestampSchema.nullable(),
        postedAt: timestampSchema.nullable().meta({
          description:
            'When the last post went to them of which it is not kept any more who got it (KEEP_VIEWERS_DAYS); null where there is none.',
        }),
      })
      .nullable()
      .meta({
        id: 'ExportedTotals',
        description: 'What they did with all posts of the account together; null where nothing is known of it.',
      }),
    statuses: z
      .array(exportedStatusSchema)
      .meta({ description: `The newest first, at most ${String(mostExportedStatuses)} over all accounts.` }),
    replies: z
      .array(exportedReplySchema)
      .meta({ description: `The newest first, at most ${String(mostExportedReplies)} over all accounts.` }),
  })
  .meta({ id: 'ExportedAccount' });
export type ExportedAccount = z.infer<typeof exportedAccountSchema>;

export const personExportSchema = z
  .object({
    phoneNumber: knownNumberSchema.nullable().meta({
      description: 'That was asked for; of a LID the one that an account knows, null where none does.',
    }),
    lid: knownLidSchema.nullable().meta({ description: 'That was asked for; null where it was a number.' }),
    exportedAt: timestampSchema,
    isComplete: z.boolean().meta({
      description: `False where there are more than ${String(mostExportedStatuses)} statuses or ${String(mostExportedReplies)} replies, of which the newest are told.`,
    }),
    accounts: z.array(exportedAccountSchema).meta({ description: 'What each account knows of the person.' }),
    lists: z.array(
      z.object({
        listId: z.string(),
        listName: z.string().meta({ example: 'Regulars' }),
        phoneNumber: knownNumberSchema,
        name: nameSchema,
        fields: personFieldsSchema,
        addedAt: timestampSchema,
      }),
    ),
    tags: z.array(z.string()),
    optOuts: z.array(
      z.object({
        phoneNumber: knownNumberSchema,
        sessionId: sessionIdSchema.nullable().meta({ description: 'null: from posts of all accounts.' }),
        createdAt: timestampSchema,
      }),
    ),
  })
  .meta({ id: 'PersonExport' });
export type PersonExport = z.infer<typeof personExportSchema>;
