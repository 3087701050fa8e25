import { z } from 'zod';
import { sessionIdSchema, statusIdSchema, templateIdSchema, timestampSchema } from '../ids.js';
import { broadcastIdSchema } from '../planning/broadcasts.js';
import { scheduleIdSchema } from '../planning/schedules.js';
import { seriesIdSchema } from '../planning/series.js';
import { statusTypeSchema } from '../statuses.js';
import { edgeSchema } from '../values/edges.js';
import { knownTimeZoneSchema, timeZoneSchema } from '../values/time-zone.js';

/** The longest time that one answer covers. */
export const maxAnalyticsDays = 366;
/** What is covered unless the question says from when. */
export const defaultAnalyticsDays = 30;
/** Up to here views over time come by the hour, beyond it by the day. */
export const maxDaysByHour = 3;
/** How many hours of a status come one by one. */
export const maxHoursOfStatus = 48;
/** How many accounts are compared. */
export const maxComparedAccounts = 50;
/** So much has to be known before it is said which hours and weekdays are the best. */
export const enoughForBestTimes = { views: 100, days: 14 } as const;

const zoneQuery = z.object({
  timeZone: timeZoneSchema.default('UTC').meta({
    description:
      'On whose wall hours and days are. Its clock must be ahead of UTC, or behind it, by whole quarters of an hour.',
  }),
  format: z.enum(['json', 'csv']).default('json').meta({
    description: '`csv` gives `overTime` as a file: a line for each hour or day.',
  }),
});

export const statusAnalyticsQuerySchema = zoneQuery;
export type StatusAnalyticsQuery = z.infer<typeof statusAnalyticsQuerySchema>;

export const analyticsQuerySchema = zoneQuery.extend({
  from: edgeSchema.optional().meta({
    description:
      `A day of \`timeZone\`, a time on its wall, or a moment; taken down to the quarter of an hour. Unless it is given: the last ${String(defaultAnalyticsDays)} days, ` +
      `or the last ${String(maxAnalyticsDays)} where the posts of one broadcast, series, schedule or template are asked for.`,
    example: '2026-12-01',
  }),
  to: edgeSchema.optional().meta({
    description: `Up to here, without it; taken up to the quarter of an hour. Now unless it is given; at most ${String(maxAnalyticsDays)} days after \`from\`.`,
    example: '2027-01-01',
  }),
  compareFrom: edgeSchema.optional().meta({
    description:
      'Compare with the time that begins here, just as long on the wall of `timeZone`; without it with the time just before.',
    example: '2025-12-01',
  }),
  type: statusTypeSchema.optional().meta({ description: 'Of posts of this type only.' }),
  broadcastId: broadcastIdSchema.optional().meta({ description: 'Of posts of this broadcast only.' }),
  seriesId: seriesIdSchema.optional().meta({ description: 'Of posts of this series only.' }),
  scheduleId: scheduleIdSchema.optional().meta({ description: 'Of posts of this schedule only.' }),
  templateId: templateIdSchema.optional().meta({ description: 'Of posts made from this template only.' }),
});
export type AnalyticsQuery = z.infer<typeof analyticsQuerySchema>;

export const allAnalyticsQuerySchema = analyticsQuerySchema.extend({
  sessionIds: z
    .string()
    .max(65 * maxComparedAccounts)
    .transform((text) => [...new Set(text.split(',').map((id) => id.trim()))])
    .pipe(z.array(sessionIdSchema).max(maxComparedAccounts, `At most ${String(maxComparedAccounts)} accounts.`))
    .optional()
    .meta({
      description: `Of these accounts only, at most ${String(maxComparedAccounts)}, with commas between them.`,
      example: 'bakery,cafe',
    }),
});
export type AllAnalyticsQuery = z.infer<typeof allAnalyticsQuerySchema>;

const count = z.number().int().min(0);
const share = z.number().min(0).nullable();

/** Names in this order lead from whom a post was meant for to what they did. */
export const funnelSteps = ['targeted', 'delivered', 'viewed', 'reacted', 'replied', 'clicked'] as const;
export type FunnelStep = (typeof funnelSteps)[number];

const funnel = { targeted: count, delivered: count, viewed: count, reacted: count, replied: count, clicked: count };
export const funnelSchema = z.object(funnel).meta({ id: 'Funnel', description: 'People, each counted once.' });
export type Funnel = z.infer<typeof funnelSchema>;

export const funnelRatesSchema = z
  .object({
    delivered: share.meta({ description: 'Of those for whom it was meant.' }),
    viewed: share.meta({ description: 'Of those whom it reached.' }),
    reacted: share.meta({ description: 'Of those who viewed.' }),
    replied: share.meta({ description: 'Of those who viewed.' }),
    clicked: share.meta({
      description:
        'Beside those who viewed. More than 1 where more clicked than are known to have viewed: who hides read receipts may click.',
    }),
  })
  .meta({ id: 'FunnelRates', description: 'Shares from 0 to 1; null where there is nobody to take a share of.' });
export type FunnelRates = z.infer<typeof funnelRatesSchema>;

export const analyticsNoteSchema = z
  .object({
    code: z.enum(['lower_bound', 'read_receipts_off', 'still_counting']).meta({
      description:
        '`lower_bound`: views are at least as many as said. `read_receipts_off`: the account itself hides read receipts, so that WhatsApp tells it of hardly any view. ' +
        '`still_counting`: what people did with older posts is being added up, and some of it is missing in hours and days until then.',
      example: 'lower_bound',
    }),
    message: z
      .string()
      .meta({ example: 'People who hide read receipts are never known to have viewed: it is at least so many.' }),
  })
  .meta({ id: 'AnalyticsNote' });
export type AnalyticsNote = z.infer<typeof analyticsNoteSchema>;

const did = {
  delivered: count,
  viewed: count,
  reacted: count,
  replied: count.meta({ description: 'When they answered a post first.' }),
  clicked: count.meta({
    description:
      'Who opened a counted link of a post: one device counts once a day (UTC) and post, and who it was is not kept.',
  }),
};

export const overTimeSchema = z
  .object({
    unit: z.enum(['hour', 'day']),
    bars: z.array(
      z.object({
        local: z.string().meta({
          description: 'The hour or day on the wall of `timeZone`. An hour that the clocks show twice is one.',
          example: '2026-12-24T18:00',
        }),
        from: timestampSchema,
        to: timestampSchema,
        ...did,
      }),
    ),
  })
  .meta({ id: 'OverTime', description: 'What people did in each hour or day, in order, also where that was nothing.' });
export type OverTime = z.infer<typeof overTimeSchema>;

export const statusAnalyticsSchema = z
  .object({
    sessionId: sessionIdSchema,
    statusId: statusIdSchema,
    timeZone: knownTimeZoneSchema,
    funnel: funnelSchema,
    rates: funnelRatesSchema,
    sentAt: timestampSchema.nullable(),
    firstViewAt: timestampSchema.nullable().meta({
      description:
        'As the next two, null where no view is known, and where it is not kept any more who viewed it (`peopleForgottenAt` of the status).',
    }),
    halfOfViewsAt: timestampSchema
      .nullable()
      .meta({ description: 'When half of the views that are known had been there.' }),
    lastViewAt: timestampSchema.nullable(),
    overTime: overTimeSchema,
    outside: z.object(did).meta({
      description: `What happened before or after the hours of \`overTime\`, of which there are ${String(maxHoursOfStatus)} at most.`,
    }),
    notes: z.array(analyticsNoteSchema),
  })
  .meta({ id: 'StatusAnalytics' });
export type StatusAnalytics = z.infer<typeof statusAnalyticsSchema>;

const average = z.number().min(0);
export const reachSchema = z.object({
  posts: count.meta({ description: 'Posts that went out in this time, also those that were taken back later.' }),
  sums: z.object(funnel).meta({
    description: 'Of all these posts together: who got three of them counts three times. These are no people.',
  }),
  perPost: z
    .object({
      targeted: average,
      delivered: average,
      viewed: average,
      reacted: average,
      replied: average,
      clicked: average,
    })
    .nullable()
    .meta({ description: 'How many people a post had on average; null without posts.' }),
  rates: funnelRatesSchema,
});

const activitySchema = z.object(did).meta({
  description: 'What people did in this time, also with posts that went out before it, each once for each post.',
});

const previousSchema = reachSchema.extend({
  from: timestampSchema,
  to: timestampSchema,
  activity: activitySchema,
});

export const bestTimesSchema = z
  .object({
    isEnough: z.boolean().meta({ description: 'Whether so much is known that `best` means something.' }),
    needed: z.object({ views: count, days: count.meta({ description: 'Days on which somebody viewed something.' }) }),
    known: z.object({ views: count, days: count }),
    best: z
      .object({ hour: z.number().int().min(0).max(23), weekday: z.number().int().min(1).max(7) })
      .nullable()
      .meta({
        description: 'The hour and the weekday (1 is Monday) with most views; null while that is not enough to tell.',
      }),
    hours: z.array(count).meta({ description: 'Views by the hour of the day in which they came, from 0 to 23.' }),
    weekdays: z
      .array(average)
      .meta({ description: 'Views on an average Monday, Tuesday and so on, of those in this time.' }),
  })
  .meta({ id: 'BestTimes' });
export type BestTimes = z.infer<typeof bestTimesSchema>;

/** What every answer about a time has. */
const periodFields = {
  from: timestampSchema,
  to: timestampSchema,
  timeZone: knownTimeZoneSchema,
  ...reachSchema.shape,
  activity: activitySchema,
  people: z.object({ viewed: count }).nullable().meta({
    description:
      'How many people viewed something in this time, each counted once for each account; null where only some posts are asked for.',
  }),
  overTime: overTimeSchema,
  bestTimes: bestTimesSchema,
  previous: previousSchema.meta({
    description: 'The same for as many hours of the wall clock just before, or from `compareFrom` on.',
  }),
  notes: z.array(analyticsNoteSchema),
};

export const sessionAnalyticsSchema = z
  .object({ sessionId: sessionIdSchema, ...periodFields })
  .meta({ id: 'SessionAnalytics' });
export type SessionAnalytics = z.infer<typeof sessionAnalyticsSchema>;

export const analyticsSchema = z
  .object({
    ...periodFields,
    accounts: z.array(reachSchema.extend({ sessionId: sessionIdSchema, sessionName: z.string() })).meta({
      description: `Each account that posted in this time, the most viewed first; at most ${String(maxComparedAccounts)}.`,
    }),
  })
  .meta({ id: 'Analytics' });
export type Analytics = z.infer<typeof analyticsSchema>;

export type Reached = z.infer<typeof reachSchema>;
export type Activity = z.infer<typeof activitySchema>;
export const analyticsOfSessionParams = z.object({ sessionId: sessionIdSchema });
export const analyticsOfStatusParams = z.object({ sessionId: sessionIdSchema, statusId: statusIdSchema });
