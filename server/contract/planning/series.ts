import { z } from 'zod';
import { sessionIdSchema, timestampSchema, ulidSchema } from '../ids.js';
import {
  namesPeopleOnce,
  newStatusFields,
  oneAudience,
  sendStatusBodySchema,
  statusCountsSchema,
  statusSchema,
} from '../statuses.js';

export const seriesIdSchema = ulidSchema('This is not the id of a series.').meta({
  description: 'Id of a series (ULID): `plan.series.id` of its statuses.',
});

/** The most items that one series may have. */
export const maxSeriesItems = 30;

const [text, image, video, audio, url] = sendStatusBodySchema.options;
const pictured = { type: true, content: true, caption: true } as const;
const styled = { type: true, content: true, style: true } as const;

/** One of the posts of a series: what `send-status` takes, without people and time. */
export const seriesItemSchema = z
  .discriminatedUnion('type', [
    text.pick(styled),
    image.pick(pictured),
    video.pick(pictured),
    audio.pick(styled),
    url.pick({ ...styled, caption: true }),
  ])
  .meta({ id: 'SeriesItem' });

/** Body of `POST /api/sessions/:sessionId/series`. */
export const createSeriesBodySchema = z
  .strictObject({
    items: z
      .array(seriesItemSchema)
      .min(2, 'A series has at least two posts.')
      .max(maxSeriesItems, `A series has at most ${String(maxSeriesItems)} posts.`),
    ...newStatusFields,
  })
  .refine(namesPeopleOnce, oneAudience)
  .meta({ id: 'CreateSeriesBody', description: 'Several posts in their order, for the same people.' });
export type CreateSeriesBody = z.infer<typeof createSeriesBodySchema>;

export const seriesStates = ['scheduled', 'queued', 'sending', 'sent', 'failed', 'canceled'] as const;
export type SeriesState = (typeof seriesStates)[number];

export const seriesSchema = z
  .object({
    id: seriesIdSchema,
    sessionId: sessionIdSchema,
    state: z.enum(seriesStates).meta({
      description:
        '`sending`: some are out and others to come. `failed`: one failed, which keeps those after it. `sent`: none is to come.',
    }),
    states: z
      .record(z.string(), z.number().int())
      .meta({ description: 'How many of its statuses are in which state.' }),
    counts: statusCountsSchema.meta({ description: 'Of all its statuses together.' }),
    scheduledAt: timestampSchema.nullable(),
    statuses: z.array(statusSchema).meta({ description: 'In the order in which they go out.' }),
  })
  .meta({ id: 'Series' });
export type Series = z.infer<typeof seriesSchema>;
