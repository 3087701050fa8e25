import { orInfinity, wholeNumber, type Values } from './kinds.js';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const longestDays = 36_500;

/** How long what grows by itself is kept. Totals are never forgotten. */
export const retentionSettings = {
  KEEP_EVENTS_DAYS: wholeNumber(0, longestDays)
    .default(7)
    .describe('How long events are kept for who was away. 0 keeps them for ever, here and in the next ones.'),
  KEEP_UNKNOWN_RECEIPTS_HOURS: wholeNumber(0, 8_760)
    .default(48)
    .describe('How long receipts are kept for a status that is not known.'),
  KEEP_ERASURES_DAYS: wholeNumber(0, longestDays)
    .default(1_095)
    .describe('How long it is kept that a person was erased; who it was is not kept at all.'),
};

/** Infinity for ever. */
export interface RetentionConfig {
  keep: { eventsMs: number; unknownReceiptsMs: number; erasuresMs: number };
}

export function retentionConfigOf(values: Values<typeof retentionSettings>): RetentionConfig {
  return {
    keep: {
      eventsMs: orInfinity(values.KEEP_EVENTS_DAYS) * dayMs,
      unknownReceiptsMs: orInfinity(values.KEEP_UNKNOWN_RECEIPTS_HOURS) * hourMs,
      erasuresMs: orInfinity(values.KEEP_ERASURES_DAYS) * dayMs,
    },
  };
}
