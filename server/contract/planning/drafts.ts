import { z } from 'zod';
import { audienceSchema, type Audience } from '../audiences.js';
import { linkFields } from '../clicks.js';
import { maxBroadcastAccounts, maxStaggerSeconds } from './broadcasts.js';
import { pageQuerySchema } from '../envelope.js';
import { sessionIdSchema, timestampSchema, ulidSchema } from '../ids.js';
import { planFields } from './plans.js';
import { recurrenceRuleSchema } from '../values/recurrence-rule.js';
import { maxSeriesItems } from './series.js';
import { maxTextLength } from '../status-text.js';
import { maxCaptionLength, statusMediaSchema, statusStyleSchema, statusTypeSchema } from '../statuses.js';
import { variablesSchema } from '../variables.js';

export const draftIdSchema = ulidSchema('This is not a draft id.').meta({ description: 'Draft id (ULID).' });

/** Lists of drafts carry them whole; more people than this belong into a list. */
const maxDraftNumbers = 5_000;
const tooManyNumbers = `A draft keeps at most ${String(maxDraftNumbers)} numbers. Make a list of them and choose that.`;

/** What is shown, as far as it is written: blank and too long texts are kept as they are. */
const shownFields = {
  type: statusTypeSchema.optional(),
  content: z
    .string()
    .max(maxTextLength * 20)
    .optional(),
  caption: z
    .string()
    .max(maxCaptionLength * 20)
    .optional(),
  style: statusStyleSchema.optional(),
};

const draftAudienceSchema = audienceSchema.refine((audience) => numbersIn(audience) <= maxDraftNumbers, tooManyNumbers);

/** An unfinished post: any of the fields that posting takes. */
export const draftStatusSchema = z
  .strictObject({
    ...shownFields,
    items: z.array(z.strictObject(shownFields)).max(maxSeriesItems).optional().meta({ description: 'Of a series.' }),
    targetNumbers: z
      .union([
        z.string().max(maxDraftNumbers * 20, tooManyNumbers),
        z.array(z.string().max(40)).max(maxDraftNumbers, tooManyNumbers),
      ])
      .optional()
      .meta({ description: 'As it was written; it is checked when it is posted.' }),
    audience: draftAudienceSchema.optional(),
    ...planFields,
    rule: recurrenceRuleSchema.optional().meta({ description: 'For a post that comes again.' }),
    variables: variablesSchema.optional(),
    ...linkFields,
    sessionIds: z.array(sessionIdSchema).max(maxBroadcastAccounts).optional(),
    all: z.literal(true).optional(),
    staggerSeconds: z.number().int().min(0).max(maxStaggerSeconds).optional(),
  })
  .meta({ id: 'DraftStatus' });
export type DraftStatus = z.infer<typeof draftStatusSchema>;

const nameSchema = z
  .string()
  .max(100)
  .trim()
  .nullable()
  .transform((name) => (name === '' ? null : name))
  .meta({ description: 'null or blank: it has none.' });

/** Body of `POST /api/drafts`. */
export const createDraftBodySchema = z
  .strictObject({ name: nameSchema.optional(), status: draftStatusSchema })
  .meta({ id: 'CreateDraftBody' });
export type CreateDraftBody = z.infer<typeof createDraftBodySchema>;

/** Body of `PATCH /api/drafts/:draftId`: what is left out stays; `status` is replaced as a whole. */
export const changeDraftBodySchema = z
  .strictObject({ name: nameSchema, status: draftStatusSchema })
  .partial()
  .meta({ id: 'ChangeDraftBody' });
export type ChangeDraftBody = z.infer<typeof changeDraftBodySchema>;

export const draftSchema = z
  .object({
    id: draftIdSchema,
    organizationId: z.string(),
    name: z.string().nullable(),
    status: draftStatusSchema,
    media: statusMediaSchema.nullable().meta({ description: 'The file that it shows, of a series the first one.' }),
    createdBy: z.string(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Draft' });
export type Draft = z.infer<typeof draftSchema>;

export const listDraftsQuerySchema = pageQuerySchema.extend({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  search: z.string().max(200).optional().meta({ description: 'Words in names, texts and captions.' }),
});
export type ListDraftsQuery = z.infer<typeof listDraftsQuerySchema>;

function numbersIn(audience: Audience): number {
  if (audience.kind === 'self') return 0;
  return (audience.except?.numbers?.length ?? 0) + (audience.kind === 'numbers' ? audience.numbers.length : 0);
}
