import { queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { linkTrackingSchema, utmSchema, type LinkFields } from '../../../server/contract/clicks.js';
import { requestOne } from '../lib/api-client.js';

/** What becomes of the links of a draft. */
export const linkChoiceShape = {
  /** Whether clicks are counted; null: as the settings of the server say. */
  trackLinks: z.boolean().nullable().default(null),
  utm: z.partialRecord(utmSchema.keyof(), z.string()).default({}),
};
export type LinkChoice = z.infer<z.ZodObject<typeof linkChoiceShape>>;
export const emptyLinkChoice: LinkChoice = { trackLinks: null, utm: {} };

/** Whether the server can count clicks; settings, which change with a restart only. */
export const linkTrackingQuery = queryOptions({
  queryKey: ['link-tracking'],
  queryFn: ({ signal }) => requestOne(linkTrackingSchema, '/link-tracking', { signal }),
  staleTime: Infinity,
});

/** What a request says about links: nothing where the server's settings are to say it. */
export function linkFieldsOf({ trackLinks, utm }: LinkChoice): LinkFields {
  if (trackLinks === null) return {};
  const given = Object.entries(utm).filter(([, value]) => value.trim() !== '');
  return { trackLinks, ...(trackLinks && given.length > 0 && { utm: Object.fromEntries(given) }) };
}

/** The same as the composer has it. */
export function linkChoiceOf({ trackLinks, utm }: LinkFields): LinkChoice {
  const given = Object.entries(utm ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return { trackLinks: trackLinks ?? null, utm: Object.fromEntries(given) as LinkChoice['utm'] };
}
