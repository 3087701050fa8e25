import { z } from 'zod';
import { pageQuerySchema } from '../envelope.js';
import { sessionIdSchema, timestampSchema, ulidSchema } from '../ids.js';
import {
  namesPeopleOnce,
  oneAudience,
  sendStatusBodySchema,
  statusCountsSchema,
  statusErrorSchema,
  statusStateSchema,
} from '../statuses.js';

export const broadcastIdSchema = ulidSchema('This is not a broadcast id.').meta({
  description: 'Broadcast id (ULID).',
});

/** The most accounts one broadcast may have. */
export const maxBroadcastAccounts = 1_000;
/** The longest pause between one account of a broadcast and the next. */
export const maxStaggerSeconds = 24 * 60 * 60;

const accountFields = {
  sessionIds: z
    .array(sessionIdSchema)
    .min(1)
    .max(maxBroadcastAccounts)
    .optional()
    .meta({ example: ['acc1', 'acc2'] }),
  all: z
    .literal(true)
    .optional()
    .meta({ description: 'Every account of the organization, at most 1,000, instead of `sessionIds`.' }),
  staggerSeconds: z
    .number()
    .int()
    .min(0)
    .max(maxStaggerSeconds)
    .optional()
    .meta({ description: 'How long after one account the next one posts. Default 0.' }),
};

const [text, image, video, audio, url] = sendStatusBodySchema.options;

/** Body of `POST /api/broadcasts`: that of `send-status`, and for which accounts. */
export const createBroadcastBodySchema = z
  .discriminatedUnion('type', [
    text.extend(accountFields),
    image.extend(accountFields),
    video.extend(accountFields),
    audio.extend(accountFields),
    url.extend(accountFields),
  ])
  .refine((body) => (body.sessionIds === undefined) !== (body.all === undefined), {
    path: ['sessionIds'],
    message: 'Give either sessionIds or all.',
  })
  .refine(namesPeopleOnce, oneAudience)
  .meta({ id: 'CreateBroadcastBody', description: 'The fields of `send-status`, and for which accounts.' });
export type CreateBroadcastBody = z.infer<typeof createBroadcastBodySchema>;

export const broadcastAccountSchema = z
  .object({
    sessionId: sessionIdSchema,
    state: z
      .enum(['pending', 'accepted', 'refused', 'canceled'])
      .meta({ description: '`accepted`: it is the status `statusId`. `refused`: `error` says why there is none.' }),
    statusId: z.string().nullable(),
    status: statusStateSchema.nullable(),
    counts: statusCountsSchema.nullable(),
    error: statusErrorSchema.nullable(),
  })
  .meta({ id: 'BroadcastAccount' });
export type BroadcastAccount = z.infer<typeof broadcastAccountSchema>;

const summaryFields = {
  id: broadcastIdSchema,
  organizationId: z.string(),
  type: z.string(),
  content: z.string(),
  startsAt: timestampSchema,
  staggerSeconds: z.number().int(),
  canceledAt: timestampSchema.nullable(),
  createdBy: z.string(),
  createdAt: timestampSchema,
  accountCount: z.number().int(),
};
export const broadcastSummarySchema = z.object(summaryFields).meta({ id: 'BroadcastSummary' });
export type BroadcastSummary = z.infer<typeof broadcastSummarySchema>;

export const broadcastSchema = z
  .object({
    ...summaryFields,
    counts: statusCountsSchema.meta({ description: 'Of all its statuses together.' }),
    states: z.record(z.string(), z.number().int()).meta({
      description: 'How many accounts are `pending`, `refused`, `scheduled`, `queued`, `sending`, `sent`, `failed`, …',
    }),
    accounts: z.array(broadcastAccountSchema),
  })
  .meta({ id: 'Broadcast' });
export type Broadcast = z.infer<typeof broadcastSchema>;

export const listBroadcastsQuerySchema = pageQuerySchema;
