import { z } from 'zod';
import { pageQuerySchema } from '../envelope.js';
import {
  knownLidSchema,
  knownNumberSchema,
  replyIdSchema,
  sessionIdSchema,
  statusIdSchema,
  timestampSchema,
} from '../ids.js';
import { momentSchema } from '../values/moments.js';
import { captionSchema, contentSchema, statusMediaSchema, statusTypeSchema } from '../statuses.js';

/** What somebody answers a status with. `voice`: recorded in the chat; `other`: a place, a card or the like. */
export const replyKinds = ['text', 'image', 'video', 'voice', 'audio', 'sticker', 'document', 'other'] as const;
export type ReplyKind = (typeof replyKinds)[number];

/** WhatsApp's own limit of a message. */
export const longestReplyText = 65_536;

/** Whether the file of a reply is here. */
export const replyFileStates = ['fetching', 'kept', 'missing'] as const;
export type ReplyFileState = (typeof replyFileStates)[number];

/** Why the file of a reply is not here. */
export const replyFileReasons = [
  'view_once',
  'too_large',
  'no_room',
  'old',
  'gone',
  'damaged',
  'unreachable',
  'unnamed',
] as const;
export type ReplyFileReason = (typeof replyFileReasons)[number];

export const replyFileSchema = z
  .object({
    state: z.enum(replyFileStates).meta({
      description:
        '`fetching`: it lies with WhatsApp, and is fetched while the account is connected. `kept`: it can be read at `url`. `missing`: it will not come by itself.',
    }),
    reason: z
      .enum(replyFileReasons)
      .nullable()
      .meta({
        description:
          'Why it is missing; while it is `fetching`, why the last attempt failed. `view_once`: it was meant to be seen once, and is not kept. `too_large`: larger than REPLY_FILE_MAX_MB. ' +
          '`no_room`: there is no room for it (ORGANIZATION_REPLY_FILES_MB, KEEP_DISK_FREE_MB). `old`: it came longer ago than files are kept (KEEP_REPLY_FILES_DAYS). ' +
          '`gone`: WhatsApp has it no longer. `damaged`: it is not what the message says. `unreachable`: WhatsApp’s media hosts did not give it; they are asked for days. ' +
          '`unnamed`: the message does not say where it is.',
      }),
    url: z.string().nullable().meta({
      description: 'Where it can be read once it is kept.',
      example: '/api/sessions/acc1/replies/01J9ZX8K2QHV0M3T6R7P4N5W8R/file',
    }),
    filename: z.string().nullable().meta({ description: 'As its sender calls it.', example: 'order.pdf' }),
    mimeType: z.string().nullable().meta({ description: 'As its sender says.', example: 'application/pdf' }),
    bytes: z.number().int().nullable().meta({ description: 'Of the file here; before that, as its sender says.' }),
    width: z.number().int().nullable(),
    height: z.number().int().nullable(),
    durationMs: z.number().int().nullable(),
  })
  .meta({ id: 'ReplyFile' });
export type ReplyFileView = z.infer<typeof replyFileSchema>;

/** WhatsApp’s own limit of a message is higher; nobody types more than this. */
const longestAnswer = 4_096;

export const answerStates = ['queued', 'sending', 'sent', 'failed'] as const;
export type AnswerState = (typeof answerStates)[number];
export const answerOrigins = ['api', 'phone'] as const;
export type AnswerOrigin = (typeof answerOrigins)[number];
export const answerTypes = ['text', 'image', 'video', 'audio', 'other'] as const;
export type AnswerType = (typeof answerTypes)[number];

/** So many answers of one reply are shown with it, the newest. */
export const shownAnswers = 20;

const captioned = { content: contentSchema, caption: captionSchema.optional() };

export const answerReplyBodySchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('text'),
      content: z
        .string()
        .trim()
        .min(1, 'An answer needs some text.')
        .max(longestAnswer, `An answer has at most ${String(longestAnswer)} characters.`)
        .meta({ description: 'What to write.', example: 'Yes, until six.' }),
    }),
    z.strictObject({ type: z.literal('image'), ...captioned }),
    z.strictObject({ type: z.literal('video'), ...captioned }),
    z.strictObject({ type: z.literal('audio'), content: contentSchema }),
  ])
  .meta({ id: 'AnswerReply' });
export type AnswerReplyBody = z.infer<typeof answerReplyBodySchema>;

export const answerSchema = z
  .object({
    id: z.string().meta({ example: '01J9ZX8K2QHV0M3T6R7P4N5W9A' }),
    sessionId: sessionIdSchema,
    replyId: z.string().meta({ example: '01J9ZX8K2QHV0M3T6R7P4N5W8C' }),
    person: z
      .object({ number: knownNumberSchema.nullable(), lid: knownLidSchema.nullable() })
      .meta({ id: 'AnsweredPerson', description: 'To whom it is written: who sent the reply.' }),
    origin: z.enum(answerOrigins).meta({
      description:
        '`api`: sent from here. `phone`: written on another device of the account, which quoted the reply or the status.',
    }),
    state: z.enum(answerStates).meta({
      description:
        '`queued` until the account is connected and it is its turn, `sending` on its way, `sent` once WhatsApp has acknowledged it, `failed` with an `error`, also after a day without a connection.',
    }),
    type: z.enum(answerTypes).meta({ description: '`other`: something else that was sent from the phone.' }),
    text: z
      .string()
      .nullable()
      .meta({ description: 'The text, or what stands below the file.', example: 'Yes, until six.' }),
    media: statusMediaSchema.nullable().meta({ description: 'The file, of an answer that was sent from here.' }),
    createdBy: z
      .string()
      .nullable()
      .meta({ description: 'The key or login that sent it; null for the phone.', example: 'admin' }),
    createdAt: timestampSchema,
    sentAt: timestampSchema.nullable().meta({ description: 'When WhatsApp acknowledged it.' }),
    deliveredAt: timestampSchema.nullable().meta({ description: 'When it reached a device of the person.' }),
    readAt: timestampSchema.nullable().meta({
      description: 'When the person read it; stays null for people who keep that to themselves.',
    }),
    error: z
      .object({ code: z.string().meta({ example: 'not_on_whatsapp' }), message: z.string() })
      .nullable()
      .meta({ description: 'Why it failed, and what to do.' }),
  })
  .meta({ id: 'Answer' });
export type Answer = z.infer<typeof answerSchema>;

/** A message of somebody that answers a status. */
export const replySchema = z
  .object({
    id: replyIdSchema,
    sessionId: sessionIdSchema,
    person: z
      .object({
        personId: z.string().meta({ example: '01J9ZX8K2QHV0M3T6R7P4N5W8P' }),
        number: knownNumberSchema.nullable(),
        lid: knownLidSchema.nullable(),
        name: z.string().nullable(),
      })
      .meta({ id: 'ReplyPerson', description: 'Who wrote it. `number` is null while only the LID is known.' }),
    status: z
      .object({
        id: statusIdSchema,
        type: statusTypeSchema,
        content: z.string(),
        caption: z.string().nullable(),
        thumbnailUrl: z.string().nullable().meta({ example: '/api/uploads/1769594400-4k2v9x8m1q7d3c5b.jpg' }),
        sentAt: timestampSchema.nullable(),
      })
      .meta({ id: 'AnsweredStatus', description: 'What it answers.' }),
    kind: z
      .enum(replyKinds)
      .meta({ description: '`voice`: recorded in the chat. `other`: a place, a card or the like.' }),
    text: z.string().nullable().meta({
      description: 'The words, or those below a file; null where there are none, and after it was taken back.',
      example: 'Is there any left?',
    }),
    file: replyFileSchema.nullable(),
    sentAt: timestampSchema.meta({ description: 'WhatsApp’s time.' }),
    receivedAt: timestampSchema.meta({ description: 'When it came here: later, where the account was offline.' }),
    readAt: timestampSchema
      .nullable()
      .meta({ description: 'When it was marked as read here; null while it is unread.' }),
    editedAt: timestampSchema.nullable(),
    takenBackAt: timestampSchema.nullable().meta({
      description: 'When its sender deleted it for everyone; its text and file are gone since then.',
    }),
    answers: z.array(answerSchema).meta({
      description: `What was answered to it, from here and on the phone, oldest first; of more than ${String(shownAnswers)} the newest.`,
    }),
    optedOut: z.boolean().meta({
      description: 'It was one of the words of the opt-out rule, so that its sender gets no more posts.',
    }),
  })
  .meta({ id: 'Reply' });
export type Reply = z.infer<typeof replySchema>;

const unreadSchema = z
  .enum(['true', 'false'], 'Give true or false.')
  .transform((text) => text === 'true')
  .optional()
  .meta({ description: '`true`: only unread ones. `false`: only those that were read.' });

export const listRepliesQuerySchema = pageQuerySchema.extend({
  statusId: statusIdSchema.optional(),
  personId: z.string().max(64).optional().meta({ description: 'Only replies of this person.' }),
  kind: z.enum(replyKinds).optional(),
  unread: unreadSchema,
  search: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'Part of the text, or of the name or number of its sender.' }),
  format: z
    .enum(['json', 'csv', 'jsonl'])
    .default('json')
    .meta({
      description:
        '`csv` and `jsonl` (one JSON object per line, as the list has them) give all that the other parameters ask for in one file, whatever ' +
        '`limit` says. Cells of CSV that a spreadsheet would run as formulas are escaped.',
    }),
});
export type RepliesFilterQuery = Omit<z.infer<typeof listRepliesQuerySchema>, 'format'>;
export type ListRepliesQuery = z.infer<typeof listRepliesQuerySchema>;

export const replyParamsSchema = z.object({ sessionId: sessionIdSchema, replyId: replyIdSchema });

export const unreadRepliesSchema = z
  .object({
    unread: z.number().int(),
    sessions: z
      .array(z.object({ sessionId: sessionIdSchema, unread: z.number().int() }))
      .meta({ description: 'Those that have any.' }),
  })
  .meta({ id: 'UnreadReplies' });
export type UnreadReplies = z.infer<typeof unreadRepliesSchema>;

export const patchReplyBodySchema = z.strictObject({
  isRead: z.boolean().meta({ description: 'Whether it counts as read here. Nothing is told to its sender.' }),
});

export const markRepliesBodySchema = z.strictObject({
  until: momentSchema.optional().meta({
    description:
      'Only those that were received until then: what came after the list was read stays unread. Without it, all of them.',
  }),
});

export const markedRepliesSchema = z.object({
  changed: z.number().int().meta({ description: 'How many were unread.' }),
});

const longestWord = 40;
const mostWords = 200;

export const optOutRuleSchema = z
  .object({
    isOn: z.boolean().meta({ description: 'Off unless somebody switched it on.' }),
    words: z.array(z.string().meta({ example: 'STOP' })).meta({
      description:
        'A reply that is just one of them, whatever its case, accents and the punctuation around it, opts its sender out.',
    }),
  })
  .meta({ id: 'OptOutRule' });
export type OptOutRule = z.infer<typeof optOutRuleSchema>;

export const putOptOutRuleBodySchema = z.strictObject({
  isOn: z.boolean(),
  words: z
    .array(
      z
        .string()
        .trim()
        .min(1, 'An empty word would opt nobody out: leave it out.')
        .max(longestWord)
        .regex(/[\p{L}\p{N}]/u, 'Give a word that has a letter or a digit.')
        .meta({ example: 'STOP' }),
    )
    .max(mostWords)
    .optional()
    .meta({ description: 'In place of those that are there; without it they stay.' }),
});
