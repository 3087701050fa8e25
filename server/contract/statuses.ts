import { z } from 'zod';
import { audienceSchema } from './audiences.js';
import { linkFields, statusLinkSchema, utmSchema } from './clicks.js';
import { parseColor } from './values/css-colors.js';
import { pageQuerySchema } from './envelope.js';
import {
  audienceIdSchema,
  sessionIdSchema,
  statusIdSchema,
  templateIdSchema,
  timestampSchema,
  uploadFilenameSchema,
} from './ids.js';
import { maxWrittenLength, phoneNumbersSchema, splitNumbers } from './values/phone-numbers.js';
import { linkPreviewSchema, linkSchema } from './links.js';
import { segmentSchema } from './segments.js';
import { momentSchema } from './values/moments.js';
import { waitingReasonSchema } from './pace.js';
import { planFields, statusPlanSchema } from './planning/plans.js';
import { countCharacters, maxTextLength, tooLongInWords } from './status-text.js';
import { variablesSchema } from './variables.js';
import { notBlank, writtenColor, writtenNumber, writtenWebAddress } from './values/written-forms.js';

export const statusTypes = ['text', 'image', 'video', 'audio', 'url'] as const;
export const statusTypeSchema = z.enum(statusTypes).meta({ id: 'StatusType' });
export type StatusType = z.infer<typeof statusTypeSchema>;

export const statusStates = [
  'scheduled',
  'queued',
  'sending',
  'sent',
  'failed',
  'canceled',
  'deleted',
  'expired',
] as const;
export const statusStateSchema = z.enum(statusStates).meta({ id: 'StatusState' });
export type StatusState = z.infer<typeof statusStateSchema>;

/**
 * The fonts that exist on the wire, by the name shown to people, with their protocol number
 * (`ExtendedTextMessage.FontType` in WAProto.proto; 3, 4 and 5 no longer exist).
 */
export const statusFonts = {
  system: 0,
  'system-text': 1,
  script: 2,
  'system-bold': 6,
  'morning-breeze': 7,
  calistoga: 8,
  'exo-2': 9,
  'courier-prime': 10,
} as const;
export type StatusFont = keyof typeof statusFonts;
export const statusFontSchema = z
  .enum(Object.keys(statusFonts) as [StatusFont, ...StatusFont[]])
  .meta({ id: 'StatusFont' });

const colorRule = 'Give a colour as #RRGGBB, #RGB, rgb(31, 111, 92) or by its CSS name.';

export const colorSchema = z
  .string()
  .max(40, colorRule)
  .regex(writtenColor, colorRule)
  .transform((value, context) => {
    const color = parseColor(value);
    if (color !== undefined) return color;
    context.addIssue({ code: 'custom', message: colorRule });
    return z.NEVER;
  })
  .meta({
    description: 'A colour as #RRGGBB, #RGB, rgb(31, 111, 92) or a CSS name; kept as #RRGGBB.',
    example: '#1F6F5C',
  });

export const statusStyleSchema = z
  .strictObject({
    backgroundColor: colorSchema.optional(),
    textColor: colorSchema.optional(),
    font: statusFontSchema.optional(),
  })
  .meta({ id: 'StatusStyle' });
export type StatusStyle = z.infer<typeof statusStyleSchema>;

/** The most phone numbers one request may name. */
export const maxTargetNumbers = 50_000;

const tooManyNumbers = `Give at most ${maxTargetNumbers.toLocaleString('en')} numbers at once.`;

export const targetNumbersSchema = z
  .union(
    [
      z
        .string()
        .max(maxTargetNumbers * maxWrittenLength, tooManyNumbers)
        .transform(splitNumbers),
      z
        .array(z.string().max(maxWrittenLength, 'This is too long to be a phone number.').meta(writtenNumber))
        .max(maxTargetNumbers, tooManyNumbers),
    ],
    'Give the numbers as text, separated by commas, or as a list of texts.',
  )
  .pipe(phoneNumbersSchema(maxTargetNumbers))
  .meta({ description: 'Comma-separated or an array; empty means the own number only.' });

export const oneAudience = { path: ['audience'], message: 'Give either targetNumbers or audience, not both.' };
export function namesPeopleOnce(body: { targetNumbers?: unknown; audience?: unknown }): boolean {
  return body.targetNumbers === undefined || body.audience === undefined;
}

/** Body of `POST /api/sessions/:sessionId/audience-preview`. */
export const audiencePreviewBodySchema = z
  .strictObject({ targetNumbers: targetNumbersSchema.optional(), audience: audienceSchema.optional() })
  .refine(namesPeopleOnce, oneAudience)
  .meta({ id: 'AudiencePreviewBody' });

/** The most characters of a caption, counted as a reader sees them. */
export const maxCaptionLength = 1024;

/** Code units that one character may have, on average. Of what has more nothing else is looked at: counting takes time. */
const unitsOfCharacter = 20;
const isLast = { abort: true };

/** The text of a status. */
export const contentSchema = z
  .string()
  .max(maxTextLength * unitsOfCharacter, isLast)
  .refine((text) => text.trim() !== '', 'Write something to post.')
  .superRefine((text, context) => {
    const message = tooLongInWords(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .meta({ pattern: notBlank });

/** A web address as it is kept: parsed, so that everybody after reads the same host. */
export const webAddressSchema = z
  .string()
  .max(2_048, 'An address has at most 2048 characters.')
  .trim()
  .refine((text) => isWebAddress(text), 'Give a whole address that begins with https:// or http://.')
  .transform((text) => new URL(text).href)
  .meta(writtenWebAddress);

/** Whether this is a whole http(s) address, without a name and password in it. */
export function isWebAddress(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

const mediaContentSchema = z.union(
  [uploadFilenameSchema, webAddressSchema],
  'Upload the file first and give the filename of the answer, such as 1769594400-4k2v9x8m1q7d3c5b.jpg, or give a whole https:// address.',
);

/** The text beside a picture, a video or a link; blank is none. */
export const captionSchema = z
  .string()
  .max(maxCaptionLength * unitsOfCharacter, isLast)
  .refine(
    (text) => countCharacters(text) <= maxCaptionLength,
    `A caption has at most ${String(maxCaptionLength)} characters.`,
  )
  .transform((text) => (text.trim() === '' ? undefined : text));

/** Whom a status is for, and when it goes out. */
const commonFields = {
  targetNumbers: targetNumbersSchema.optional(),
  audience: audienceSchema.optional().meta({ description: 'Whom it is for, instead of `targetNumbers`.' }),
  ...planFields,
};

/** What every new status has, whatever it shows. */
export const newStatusFields = {
  ...commonFields,
  variables: variablesSchema.optional(),
  templateId: templateIdSchema.optional().meta({
    description:
      'The template that it was made from. Nothing is taken from it: analytics say what posts from a template reach.',
  }),
  ...linkFields,
};

const picturedFields = {
  content: mediaContentSchema.meta({ description: 'The filename that an upload answered, or a web address.' }),
  caption: captionSchema.optional(),
  ...newStatusFields,
};

/** Body of `POST /api/sessions/:sessionId/send-status`. */
export const sendStatusBodySchema = z
  .discriminatedUnion(
    'type',
    [
      z.strictObject({
        type: z.literal('text'),
        content: contentSchema,
        style: statusStyleSchema.optional(),
        ...newStatusFields,
      }),
      z.strictObject({ type: z.literal('image'), ...picturedFields }),
      z.strictObject({ type: z.literal('video'), ...picturedFields }),
      z.strictObject({
        type: z.literal('audio'),
        content: picturedFields.content,
        style: z.strictObject({ backgroundColor: colorSchema.optional() }).optional(),
        ...newStatusFields,
      }),
      z.strictObject({
        type: z.literal('url'),
        content: linkSchema,
        caption: captionSchema.optional().meta({ description: 'Text above the link.' }),
        style: statusStyleSchema.optional(),
        ...newStatusFields,
      }),
    ],
    { error: `Say what it is: ${statusTypes.join(', ')}.` },
  )
  .refine(namesPeopleOnce, oneAudience)
  .meta({ id: 'SendStatusBody' });
export type SendStatusBody = z.infer<typeof sendStatusBodySchema>;

/** Body of `PATCH /api/sessions/:sessionId/statuses/:statusId`: what is left out stays. */
export const changeStatusBodySchema = z
  .strictObject({
    content: contentSchema.optional(),
    caption: captionSchema
      .transform((text) => text ?? null)
      .nullable()
      .optional()
      .meta({ description: 'null or blank takes it away.' }),
    targetNumbers: targetNumbersSchema.optional(),
    audience: audienceSchema.optional().meta({ description: 'Whom it is for, instead of `targetNumbers`.' }),
    style: statusStyleSchema.optional(),
    ...planFields,
    ...linkFields,
  })
  .refine(namesPeopleOnce, oneAudience)
  .refine((body) => Object.keys(body).length > 0, { message: 'Give at least one field to change.' })
  .meta({ id: 'ChangeStatusBody' });
export type ChangeStatusBody = z.infer<typeof changeStatusBodySchema>;

/** Body of `POST /api/sessions/:sessionId/statuses/:statusId/repost`: what is left out is as it was, and goes out at once. */
export const repostStatusBodySchema = z
  .strictObject(commonFields)
  .refine(namesPeopleOnce, oneAudience)
  .meta({ id: 'RepostStatusBody' });
export type RepostStatusBody = z.infer<typeof repostStatusBodySchema>;

/** The file that a status shows, as it was when the status was accepted. */
export const statusMediaSchema = z
  .object({
    filename: z.string(),
    url: z.string(),
    thumbnailUrl: z.string().nullable(),
    mimeType: z.string(),
    bytes: z.number().int(),
    width: z.number().int().nullable(),
    height: z.number().int().nullable(),
    durationMs: z.number().int().nullable(),
  })
  .meta({ id: 'StatusMedia' });
export type StatusMedia = z.infer<typeof statusMediaSchema>;

/** Counted facts about one status. `viewed` is a lower bound: people can hide read receipts. */
export const statusCountsSchema = z
  .object({
    targeted: z.number().int(),
    included: z.number().int(),
    delivered: z.number().int(),
    viewed: z.number().int(),
    reacted: z.number().int().meta({ description: 'People whose last reaction is not taken back.' }),
    replied: z.number().int().meta({ description: 'People who answered it with a message.' }),
    clicked: z.number().int().meta({
      description:
        'People who opened a counted link of it: one device counts once a day (UTC), and who it was is not kept.',
    }),
  })
  .meta({ id: 'StatusCounts' });
export type StatusCounts = z.infer<typeof statusCountsSchema>;

/** What became of the snapshot of the audience: every recipient is in one of the three. */
export const statusRecipientsSchema = z
  .object({
    reached: z.number().int().meta({ description: 'It was sent to them.' }),
    leftOut: z.number().int().meta({ description: 'They cannot get it: no device, no keys, opted out since.' }),
    open: z.number().int().meta({ description: 'Nothing was sent to them yet; `retry` goes on here.' }),
  })
  .meta({ id: 'StatusRecipients' });

/** Whom a status was meant for, as it was chosen. Who they were is the snapshot that its recipients are. */
export const statusAudienceSchema = z
  .object({
    kind: z.enum(['self', 'numbers', 'contacts', 'list', 'segment']),
    listId: audienceIdSchema.optional(),
    segment: segmentSchema.optional(),
    storyPrivacy: z.enum(['apply', 'ignore']).optional(),
    except: z
      .object({
        numbers: z.number().int().meta({ description: 'How many.' }),
        listIds: z.array(audienceIdSchema),
        tags: z.array(z.string()),
      })
      .optional(),
    excluded: z.number().int().meta({ description: 'How many of those meant the choice left out from the beginning.' }),
  })
  .meta({ id: 'StatusAudience' });
export type StatusAudience = z.infer<typeof statusAudienceSchema>;

export const statusErrorSchema = z.object({
  code: z.string().meta({ description: 'WhatsApp’s ack code, or a word of ours such as `unconfirmed`.' }),
  message: z.string(),
});

export const statusSchema = z
  .object({
    id: statusIdSchema,
    sessionId: sessionIdSchema,
    organizationId: z.string(),
    messageId: z.string().meta({ description: 'The id on WhatsApp, chosen when the status was accepted.' }),
    type: statusTypeSchema,
    content: z.string(),
    caption: z.string().nullable(),
    style: statusStyleSchema,
    media: statusMediaSchema.nullable(),
    preview: linkPreviewSchema.nullable(),
    trackLinks: z.boolean().meta({ description: 'Clicks on its links are counted.' }),
    utm: utmSchema.nullable().meta({ description: 'What its links get; null: nothing.' }),
    links: z.array(statusLinkSchema).meta({
      description: 'Where clicks are counted or UTM parameters given: its links, as written and as people see them.',
    }),
    state: statusStateSchema,
    counts: statusCountsSchema,
    audience: statusAudienceSchema.nullable().meta({ description: 'null: it was not recorded.' }),
    recipients: statusRecipientsSchema,
    error: statusErrorSchema
      .nullable()
      .meta({ description: 'Why it failed, or, on one that is `sent`, why a part of the audience does not have it.' }),
    deletingSince: timestampSchema
      .nullable()
      .meta({ description: 'It is being taken back from those who have it. `deleted` follows.' }),
    deletionProgress: z
      .object({ done: z.number().int(), total: z.number().int() })
      .nullable()
      .meta({ description: 'While it is being taken back: from how many people of those who have it.' }),
    deletionError: statusErrorSchema
      .nullable()
      .meta({ description: 'Why the last attempt to take it back failed. Delete it again to go on.' }),
    waitingUntil: timestampSchema.nullable().meta({
      description: 'While it is queued or on its way: not before this time, if it waits and a time is known.',
    }),
    waitingReason: waitingReasonSchema.nullable(),
    note: statusErrorSchema.nullable().meta({
      description: '`own_phone_missing`: it was sent, and the account’s own phone does not show it under “My status”.',
    }),
    peopleForgottenAt: timestampSchema.nullable().meta({
      description:
        'Since when it is not kept any more who got and who viewed it (`KEEP_VIEWERS_DAYS`); how many they were stays in `counts`.',
    }),
    createdBy: z.string(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
    scheduledAt: timestampSchema.nullable(),
    sentAt: timestampSchema.nullable(),
    expiresAt: timestampSchema.nullable(),
    plan: statusPlanSchema,
  })
  .meta({ id: 'Status' });
export type Status = z.infer<typeof statusSchema>;

export const listStatusesQuerySchema = pageQuerySchema.extend({
  state: statusStateSchema.optional(),
  type: statusTypeSchema.optional(),
  from: momentSchema
    .optional()
    .meta({ description: 'Created, or planned to go out, at or after; default 24 hours ago.' }),
  to: momentSchema.optional(),
});
export type ListStatusesQuery = z.infer<typeof listStatusesQuerySchema>;
