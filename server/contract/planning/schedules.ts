import { z } from 'zod';
import { pageQuerySchema } from '../envelope.js';
import { sessionIdSchema, statusIdSchema, timestampSchema, ulidSchema } from '../ids.js';
import { knownWallTimeSchema, momentSchema, readTime, timeProblem } from '../values/moments.js';
import { lateByMinutesSchema, plannedTimeSchema } from './plans.js';
import { quoted } from '../values/quoted.js';
import { recurrenceRuleSchema } from '../values/recurrence-rule.js';
import { sendStatusBodySchema } from '../statuses.js';
import { knownTimeZoneSchema, timeZoneSchema } from '../values/time-zone.js';
import { nameSchema } from '../values/names.js';
import { writtenWallTime } from '../values/written-forms.js';

export const scheduleIdSchema = ulidSchema('This is not a schedule id.').meta({ description: 'Schedule id (ULID).' });

const startsAtRule = 'Give a time on the wall, such as 2026-12-24T18:00.';
const startsAtSchema = z
  .string()
  .max(64, startsAtRule)
  .transform((written, context) => {
    const time = readTime(written);
    if (time && time.offsetMs === undefined) return time.local;
    const message = time
      ? `${quoted(written)} has an offset. Leave it out: this is what the clock on the wall of timeZone shows.`
      : timeProblem(written, startsAtRule);
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .meta({
    ...writtenWallTime,
    description: 'The first time on the wall of `timeZone`; the rule goes on from there.',
    example: '2026-12-24T18:00',
  });

const scheduleFields = {
  name: nameSchema(200, 'Give the schedule a name.'),
  status: sendStatusBodySchema
    .refine((body) => body.scheduledAt === undefined, 'The schedule says when; leave scheduledAt out.')
    .meta({
      description: 'What to post each time, as for `send-status`. Lists and segments are looked up anew each time.',
      example: { type: 'text', content: 'Fresh bread until noon', targetNumbers: ['919812345678'] },
    }),
  startsAt: startsAtSchema,
  timeZone: timeZoneSchema,
  rule: recurrenceRuleSchema,
  lateByMinutes: lateByMinutesSchema,
};

/** Body of `POST /api/sessions/:sessionId/schedules`. */
export const createScheduleBodySchema = z
  .strictObject({
    ...scheduleFields,
    name: scheduleFields.name.optional(),
    lateByMinutes: lateByMinutesSchema.optional(),
  })
  .meta({ id: 'CreateScheduleBody' });
export type CreateScheduleBody = z.infer<typeof createScheduleBodySchema>;

/** Body of `PATCH …/schedules/:scheduleId`: what is left out stays. */
export const changeScheduleBodySchema = z
  .strictObject({ ...scheduleFields, state: z.enum(['active', 'paused']) })
  .partial()
  .meta({ id: 'ChangeScheduleBody' });
export type ChangeScheduleBody = z.infer<typeof changeScheduleBodySchema>;

export const scheduleSchema = z
  .object({
    id: scheduleIdSchema,
    organizationId: z.string(),
    sessionId: sessionIdSchema,
    name: z.string(),
    status: z.record(z.string(), z.unknown()).meta({ description: 'As it was given.' }),
    startsAt: knownWallTimeSchema,
    timeZone: knownTimeZoneSchema,
    rule: z.string(),
    lateByMinutes: z.number().int(),
    state: z.enum(['active', 'paused', 'ended']),
    nextAt: timestampSchema.nullable(),
    createdBy: z.string(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Schedule' });
export type Schedule = z.infer<typeof scheduleSchema>;

export const occurrenceOutcomes = ['posted', 'missed', 'failed', 'canceled'] as const;
export type OccurrenceOutcome = (typeof occurrenceOutcomes)[number];

export const occurrenceSchema = z
  .object({
    at: timestampSchema,
    outcome: z
      .enum([...occurrenceOutcomes, 'planned'])
      .meta({ description: '`posted`: it became the status `statusId`, whose state says how that went.' }),
    statusId: statusIdSchema.nullable(),
    message: z.string().nullable().meta({ description: 'Why it was left out.' }),
  })
  .meta({ id: 'Occurrence' });
export type Occurrence = z.infer<typeof occurrenceSchema>;

export const listOccurrencesQuerySchema = z.object({
  from: momentSchema.optional().meta({ description: 'Default: a month ago.' }),
  to: momentSchema.optional().meta({ description: 'Default: in three months.' }),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});

/** Body of `POST …/schedules/:scheduleId/occurrences`. */
export const changeOccurrenceBodySchema = z
  .strictObject({
    at: momentSchema.meta({ description: 'Which of the times to come.' }),
    moveTo: plannedTimeSchema.optional().meta({ description: 'Posts it then instead; without it, it is left out.' }),
    timeZone: timeZoneSchema.optional(),
  })
  .meta({ id: 'ChangeOccurrenceBody' });
export type ChangeOccurrenceBody = z.infer<typeof changeOccurrenceBodySchema>;

export const listSchedulesQuerySchema = pageQuerySchema;
