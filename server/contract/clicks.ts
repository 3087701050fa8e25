import { z } from 'zod';
import { timestampSchema } from './ids.js';

/** The most links that one post may have counted. */
export const maxTrackedLinks = 20;

const utmValue = (what: string, example: string) =>
  z.string().max(200, `${what} has at most 200 characters.`).optional().meta({ example });

/** The parameters by which web analytics tell where a visit came from. */
export const utmSchema = z
  .strictObject({
    source: utmValue('The source', 'whatsapp'),
    medium: utmValue('The medium', 'status'),
    campaign: utmValue('The campaign', 'bread-{{weekday}}'),
    term: utmValue('The term', 'rye'),
    content: utmValue('The content', '{{status}}'),
  })
  .meta({
    id: 'Utm',
    description:
      'What links of the post get as `utm_source`, `utm_medium`, `utm_campaign`, `utm_term` and `utm_content`. What an address has ' +
      'already stays as it is. `{{account}}`, `{{number}}`, `{{date}}`, `{{time}}`, `{{weekday}}`, `{{session}}` (its id), `{{status}}` ' +
      '(its id) and the `variables` of the post are filled in.',
  });
export type Utm = z.infer<typeof utmSchema>;

/** What a request says about the links of a post. */
export const linkFields = {
  trackLinks: z
    .boolean()
    .optional()
    .meta({
      description:
        'Count clicks: people see each link as a short address of this server, which leads to the real one. Needs PUBLIC_URL. ' +
        'Default: the setting TRACK_LINKS.',
    }),
  utm: utmSchema.optional(),
};
export interface LinkFields {
  trackLinks?: boolean | undefined;
  utm?: Utm | undefined;
}

/** A link of a post, as it was written and as people see it. */
export const statusLinkSchema = z
  .object({
    position: z.number().int().meta({ description: 'From 0, in the order in which they stand in the post.' }),
    url: z.string().meta({ description: 'As it was written.', example: 'https://example.com/offer' }),
    target: z.string().meta({
      description: 'Where it leads: the address with its UTM parameters.',
      example: 'https://example.com/offer?utm_source=whatsapp',
    }),
    shown: z.string().meta({
      description: 'What people see and tap on: the short address, or the target itself where clicks are not counted.',
      example: 'https://cast.example.com/l/4k2v9x8m1q7d',
    }),
  })
  .meta({ id: 'StatusLink' });
export type StatusLink = z.infer<typeof statusLinkSchema>;

export const linkClicksSchema = statusLinkSchema
  .extend({
    clicks: z
      .number()
      .int()
      .meta({ description: 'How often it was opened, without bots, previews and reading ahead.' }),
    visitors: z.number().int().meta({
      description: 'By how many: one device counts once a day (UTC). Who they are is not kept.',
    }),
    lastClickedAt: timestampSchema.nullable(),
  })
  .meta({ id: 'LinkClicks' });
export type LinkClicks = z.infer<typeof linkClicksSchema>;

export const clicksOfStatusSchema = z
  .object({
    clicked: z.number().int().meta({ description: 'Who opened any of its links: `counts.clicked`.' }),
    items: z.array(linkClicksSchema),
    hours: z
      .array(
        z.object({
          hour: timestampSchema.meta({ description: 'When the hour began.' }),
          clicks: z.number().int(),
          clicked: z.number().int().meta({ description: 'Who opened a link of it for the first time.' }),
        }),
      )
      .meta({ description: 'Hours in which something was opened, the earliest first; at most the last 2,000.' }),
  })
  .meta({ id: 'ClicksOfStatus' });
export type ClicksOfStatus = z.infer<typeof clicksOfStatusSchema>;

/** What the server can do with links. */
export const linkTrackingSchema = z
  .object({
    isPossible: z.boolean().meta({ description: 'Clicks can be counted: phones can reach this server.' }),
    reason: z.string().nullable().meta({
      description: 'Why not, in a sentence.',
      example: 'Clicks cannot be counted: PUBLIC_URL is not set, so that this server has no address that phones know.',
    }),
    byDefault: z.boolean().meta({ description: 'Of posts that do not say `trackLinks`.' }),
    utm: utmSchema
      .nullable()
      .meta({ description: 'What counted links of posts get that name no `utm`; null: nothing.' }),
  })
  .meta({ id: 'LinkTracking' });
export type LinkTracking = z.infer<typeof linkTrackingSchema>;
