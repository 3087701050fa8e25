import { z } from 'zod';
import { sessionIdSchema, timestampSchema } from '../ids.js';
import { edgeSchema } from '../values/edges.js';
import { statusErrorSchema, statusTypeSchema } from '../statuses.js';
import { knownTimeZoneSchema, timeZoneSchema } from '../values/time-zone.js';

/** The longest time that one look at the calendar may cover. */
export const maxCalendarDays = 62;
/** How many schedules one look at the calendar works out. */
export const maxCalendarSchedules = 500;

export const calendarQuerySchema = z.object({
  from: edgeSchema.meta({
    description: 'A day of `timeZone`, a time on its wall, or a moment.',
    example: '2026-12-01',
  }),
  to: edgeSchema.meta({
    description: `Up to here, without it; at most ${String(maxCalendarDays)} days after \`from\`.`,
    example: '2027-01-01',
  }),
  sessionId: sessionIdSchema.optional().meta({ description: 'Of this account only.' }),
  timeZone: timeZoneSchema.default('UTC').meta({ description: 'On whose wall days and times are.' }),
  limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
  cursor: z.string().max(200).optional(),
});
export type CalendarQuery = z.infer<typeof calendarQuerySchema>;

export const calendarStateSchema = z
  .enum(['planned', 'scheduled', 'queued', 'sending', 'sent', 'expired', 'failed', 'missed'])
  .meta({ description: '`planned`: a time to come of a schedule, of which there is no status yet.' });

export const calendarEntrySchema = z
  .object({
    sessionId: sessionIdSchema,
    at: timestampSchema.meta({
      description: 'When it was posted, otherwise when it was or is to go out, otherwise when it was made.',
    }),
    day: z.string().meta({ description: 'On the wall of `timeZone`.', example: '2026-12-24' }),
    time: z.string().meta({ example: '18:00' }),
    type: statusTypeSchema,
    text: z.string().meta({ description: 'The beginning of its text, its caption or its link.' }),
    thumbnailUrl: z.string().nullable(),
    backgroundColor: z.string().nullable(),
    state: calendarStateSchema,
    error: statusErrorSchema.nullable(),
    statusId: z.string().nullable(),
    scheduleId: z.string().nullable(),
    broadcastId: z.string().nullable(),
    seriesId: z.string().nullable(),
  })
  .meta({ id: 'CalendarEntry' });
export type CalendarEntry = z.infer<typeof calendarEntrySchema>;

export const calendarSchema = z
  .object({
    from: timestampSchema,
    to: timestampSchema,
    timeZone: knownTimeZoneSchema,
    entries: z.array(calendarEntrySchema).meta({ description: 'In their order.' }),
    nextCursor: z.string().nullable().meta({ description: 'For those that follow; null when these are all.' }),
    isComplete: z.boolean().meta({
      description: `false: there are more than ${String(maxCalendarSchedules)} active schedules, or working them out took too long, and what is left of them is missing. Ask for fewer days, or for one account.`,
    }),
  })
  .meta({ id: 'Calendar' });
export type Calendar = z.infer<typeof calendarSchema>;
