import { z } from 'zod';
import type { Utm } from '../contract/clicks.js';
import type { Given, Values } from './kinds.js';

const names = ['source', 'medium', 'campaign', 'term', 'content'] as const;
const rule = 'Give such as utm_source=whatsapp&utm_medium=status&utm_campaign={{account}}.';

/** What becomes of links in posts. */
export const linkSettings = {
  TRACK_LINKS: z
    .enum(['true', 'false'])
    .default('false')
    .describe(
      'Count clicks on the links of posts that do not say whether to: people then see them as short addresses below PUBLIC_URL.',
    ),
  TRACKED_LINKS_UTM: z
    .string()
    .refine((written) => utmOf(written) !== undefined, rule)
    .default('')
    .describe(
      'UTM parameters of counted links in posts that name none, such as utm_source=whatsapp&utm_medium=status&utm_campaign={{account}}.',
    ),
};

export interface LinkConfig {
  links: { track: boolean; utm: Utm };
}

export function linkConfigOf(values: Values<typeof linkSettings>): LinkConfig {
  return { links: { track: values.TRACK_LINKS === 'true', utm: utmOf(values.TRACKED_LINKS_UTM) ?? {} } };
}

export function linkProblems(given: Given): string[] {
  return given['TRACK_LINKS'] === 'true' && !given['PUBLIC_URL']
    ? ['TRACK_LINKS: Set PUBLIC_URL too. Phones need an address of this server for links whose clicks it counts.']
    : [];
}

/** Undefined for what is no list of UTM parameters. */
function utmOf(written: string): Utm | undefined {
  const utm: Utm = {};
  for (const [key, value] of new URLSearchParams(written)) {
    const name = names.find((one) => `utm_${one}` === key);
    if (name === undefined || utm[name] !== undefined || value.length > 200) return undefined;
    utm[name] = value;
  }
  return utm;
}
