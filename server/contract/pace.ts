import { z } from 'zod';
import { timestampSchema } from './ids.js';
import { timeOfDaySchema } from './values/moments.js';
import { timeZoneSchema } from './values/time-zone.js';

/** Hours in which nothing is posted, in the account's own time zone; they may go over midnight. */
export const quietHoursSchema = z
  .strictObject({ from: timeOfDaySchema, to: timeOfDaySchema, timeZone: timeZoneSchema })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'Quiet hours must end at another time.' })
  .meta({ id: 'QuietHours' });
export type QuietHours = z.infer<typeof quietHoursSchema>;

export const maxRatePerMin = 1_000;
export const maxRatePerHour = 10_000;

/**
 * How an account may post; what exceeds a limit waits in the queue, it is not refused. The rates that count: those of the
 * session, or the server's default where the session has null.
 */
export const paceSettingsSchema = z
  .object({
    ratePerMin: z.number().int().min(1).max(maxRatePerMin),
    ratePerHour: z.number().int().min(1).max(maxRatePerHour),
    minGapSeconds: z.number().int().min(0).max(86_400).meta({ description: 'From the start of one post to the next.' }),
    jitterSeconds: z
      .number()
      .int()
      .min(0)
      .max(3_600)
      .meta({ description: 'The gap grows by a different part of this each time.' }),
    dailyCap: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .nullable()
      .meta({ description: 'Posts in any 24 hours. null: as many as the rates allow.' }),
    quietHours: quietHoursSchema.nullable(),
    warmUp: z.boolean().meta({ description: 'A fresh session starts with few posts a day and gets more each day.' }),
  })
  .meta({ id: 'PaceSettings' });
export type PaceSettings = z.infer<typeof paceSettingsSchema>;

/**
 * For accounts that chose nothing: irregular gaps and amounts a person could post by hand. People who posted in
 * bulk, at fixed gaps or from fresh numbers are those who report losing their account.
 */
export const safePace: PaceSettings = {
  ratePerMin: 2,
  ratePerHour: 20,
  minGapSeconds: 20,
  jitterSeconds: 20,
  dailyCap: 50,
  quietHours: null,
  warmUp: true,
};

/** Posts a day during the first days of a session; after them the account's own cap alone counts. */
export const warmUpCaps: readonly number[] = [5, 8, 12, 16, 22, 30, 40];

/** Body of `PATCH /api/sessions/:sessionId/pace`. What is missing stays. */
export const changePaceBodySchema = z
  .strictObject(paceSettingsSchema.omit({ ratePerMin: true, ratePerHour: true }).partial().shape)
  .meta({ id: 'ChangePaceBody' });
export type ChangePaceBody = z.infer<typeof changePaceBodySchema>;

export const waitingCodes = [
  'not_connected',
  'paused',
  'min_gap',
  'rate_per_min',
  'rate_per_hour',
  'daily_cap',
  'warm_up',
  'quiet_hours',
  'waiting_for_whatsapp',
  'trying_again',
] as const;
export type WaitingCode = (typeof waitingCodes)[number];
/** Waits that do not come from the pace of an account. */
export const waitsOfPosting = ['not_connected', 'waiting_for_whatsapp', 'trying_again'] as const;

/** Why a status in the queue does not go out yet, or what one on its way waits for. */
export const waitingReasonSchema = z
  .object({ code: z.enum(waitingCodes), message: z.string() })
  .meta({ id: 'WaitingReason' });
export type WaitingReason = z.infer<typeof waitingReasonSchema>;

/** Posting stands still because WhatsApp showed that it is too much, until a time or until somebody resumes it. */
export const postingPauseSchema = z
  .object({
    code: z.string().meta({
      description:
        'WhatsApp’s code (402, 429, 463, or that of its last refusal), or `unconfirmed` for a falling ack rate.',
    }),
    message: z.string(),
    since: timestampSchema,
    until: timestampSchema,
  })
  .meta({ id: 'PostingPause' });
export type PostingPause = z.infer<typeof postingPauseSchema>;

export const paceSchema = z
  .object({
    settings: paceSettingsSchema,
    warmUpDay: z.number().int().nullable().meta({ description: 'Day 1, 2, … of the warm-up; null when it is over.' }),
    postsInLast24Hours: z.number().int(),
    nextPostAt: timestampSchema.nullable().meta({ description: 'null: a post could go out now.' }),
    waitingReason: waitingReasonSchema.nullable(),
    pause: postingPauseSchema.nullable(),
  })
  .meta({ id: 'Pace' });
export type Pace = z.infer<typeof paceSchema>;
