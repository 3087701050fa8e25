import { z } from 'zod';
import { timestampSchema } from '../ids.js';
import { momentOf, readTime, timeOfDaySchema, timeProblem } from '../values/moments.js';
import { knownTimeZoneSchema, timeZoneSchema } from '../values/time-zone.js';
import { writtenTimeOr } from '../values/written-forms.js';

/** How late a planned status may go out when nothing else was said, in minutes. */
export const defaultLateByMinutes = 60;

/** Stands for the next time of the account's posting slots that nothing is planned for. */
export const nextFreeSlot = 'next-free-slot';

const timeRule = 'Give one such as 2026-12-24T18:00:00Z, or 2026-12-24T18:00 with a timeZone, or "next-free-slot".';

/** Kept in UTC where it was said on whose clock it is; otherwise as a time on the wall: `2026-12-24T18:00`. */
export const plannedTimeSchema = z
  .string()
  .max(64, timeRule)
  .transform((written, context) => {
    if (written === nextFreeSlot) return written;
    const time = readTime(written);
    const planned = time?.offsetMs === undefined ? time?.local : momentOf(time);
    if (planned !== undefined) return planned;
    context.addIssue({ code: 'custom', message: timeProblem(written, timeRule) });
    return z.NEVER;
  })
  .meta({
    ...writtenTimeOr(nextFreeSlot),
    description:
      'When to post: a time in UTC or with an offset, a time on the wall of `timeZone`, or `next-free-slot` of the account.',
    example: '2026-12-24T18:00',
  });

export const lateByMinutesSchema = z
  .number()
  .int()
  .min(0)
  .max(7 * 24 * 60)
  .meta({
    description: `How late it may still go out, in minutes; after that it is \`failed\` as \`missed\`. Default ${String(defaultLateByMinutes)}.`,
  });

/** What a request says about the time of a status. */
export const planFields = {
  scheduledAt: plannedTimeSchema.optional(),
  timeZone: timeZoneSchema.optional().meta({
    description:
      'Of `scheduledAt`, when that is a time on the wall; and of the clock of `{{date}}`, `{{time}}` and `{{weekday}}`.',
  }),
  lateByMinutes: lateByMinutesSchema.optional(),
};
export interface PlanFields {
  scheduledAt?: string | undefined;
  timeZone?: string | undefined;
  lateByMinutes?: number | undefined;
}

export const experimentVersionSchema = z.enum(['A', 'B']).meta({ id: 'ExperimentVersion' });

/** When a status is meant to go out, and what it is a part of. */
export const statusPlanSchema = z
  .object({
    timeZone: knownTimeZoneSchema.nullable().meta({ description: 'In which `scheduledAt` was given.' }),
    lateByMinutes: z.number().int().nullable(),
    scheduleId: z.string().nullable().meta({ description: 'It comes again by this schedule.' }),
    broadcastId: z.string().nullable().meta({ description: 'It is one account’s part of this broadcast.' }),
    templateId: z
      .string()
      .nullable()
      .meta({ description: 'It was made from this template, which may be gone by now.' }),
    repostOf: z.string().nullable().meta({ description: 'It repeats this past status.' }),
    series: z
      .object({ id: z.string(), position: z.number().int() })
      .nullable()
      .meta({ description: 'It goes out only after those with lower positions.' }),
    experiment: z
      .object({ id: z.string(), version: experimentVersionSchema })
      .nullable()
      .meta({ description: 'It is one of the two versions of this A/B test.' }),
  })
  .meta({ id: 'StatusPlan' });
export type StatusPlan = z.infer<typeof statusPlanSchema>;

export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof weekdays)[number];

export const postingSlotSchema = z
  .strictObject({ weekday: z.enum(weekdays), time: timeOfDaySchema })
  .meta({ id: 'PostingSlot' });
export type PostingSlot = z.infer<typeof postingSlotSchema>;

/** Body of `PUT /api/sessions/:sessionId/posting-slots`. */
export const putSlotsBodySchema = z
  .strictObject({
    timeZone: timeZoneSchema,
    slots: z
      .array(postingSlotSchema)
      .max(168)
      .meta({ description: 'When the account likes to post, by weekday. Empty: no slots.' }),
  })
  .meta({ id: 'PutSlotsBody' });
export type PutSlotsBody = z.infer<typeof putSlotsBodySchema>;

export const postingSlotsSchema = z
  .object({
    timeZone: knownTimeZoneSchema.nullable(),
    slots: z.array(postingSlotSchema),
    next: z
      .array(z.object({ at: timestampSchema, isFree: z.boolean() }))
      .meta({ description: 'The coming slots, a week of them at the most; free when nothing is planned for them.' }),
    nextFreeAt: timestampSchema.nullable(),
  })
  .meta({ id: 'PostingSlots' });
export type PostingSlots = z.infer<typeof postingSlotsSchema>;
