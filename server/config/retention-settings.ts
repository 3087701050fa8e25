import { orInfinity, wholeNumber, type Values } from './kinds.js';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const longestDays = 36_500;

/** How long what grows by itself is kept. Totals are never forgotten. */
export const retentionSettings = {
  KEEP_EVENTS_DAYS: wholeNumber(0, longestDays)
    .default(7)
    .describe('How long events are kept for who was away. 0 keeps them for ever, here and in the next ones.'),
  KEEP_VIEWERS_DAYS: wholeNumber(0, longestDays)
    .default(400)
    .describe(
      'How long it is kept who got and who viewed a status, after it went out; how many they were is kept with the status. At least 3.',
    ),
  KEEP_POSTS_DAYS: wholeNumber(0, longestDays)
    .default(1_095)
    .describe(
      'How long a post is kept after it went out, with its counts, links and replies, and broadcasts and times of schedules with it. At least 3.',
    ),
  KEEP_REPLIES_DAYS: wholeNumber(0, longestDays)
    .default(400)
    .describe(
      'How long replies to posts are kept, with the answers to them; that somebody replied is kept with the post.',
    ),
  KEEP_REPLY_FILES_DAYS: wholeNumber(0, longestDays)
    .default(90)
    .describe('How long files that came with replies are kept; the reply itself stays.'),
  KEEP_UNKNOWN_RECEIPTS_HOURS: wholeNumber(0, 8_760)
    .default(48)
    .describe('How long receipts are kept for a status that is not known.'),
  KEEP_ERASURES_DAYS: wholeNumber(0, longestDays)
    .default(1_095)
    .describe('How long it is kept that a person was erased; who it was is not kept at all.'),
};

/** Infinity for ever. */
export interface RetentionConfig {
  keep: {
    eventsMs: number;
    viewersMs: number;
    postsMs: number;
    repliesMs: number;
    replyFilesMs: number;
    unknownReceiptsMs: number;
    erasuresMs: number;
  };
}

/** Receipts come for two days after a status went out, and a day more where a phone was off. */
const fewestDays = 3;

export function retentionProblems(values: Values<typeof retentionSettings>): string[] {
  return (['KEEP_VIEWERS_DAYS', 'KEEP_POSTS_DAYS'] as const)
    .filter((name) => values[name] > 0 && values[name] < fewestDays)
    .map((name) => `${name}: Give 0 or at least ${String(fewestDays)}: until then people still get and view a status.`);
}

export function retentionConfigOf(values: Values<typeof retentionSettings>): RetentionConfig {
  return {
    keep: {
      eventsMs: orInfinity(values.KEEP_EVENTS_DAYS) * dayMs,
      viewersMs: orInfinity(values.KEEP_VIEWERS_DAYS) * dayMs,
      postsMs: orInfinity(values.KEEP_POSTS_DAYS) * dayMs,
      repliesMs: orInfinity(values.KEEP_REPLIES_DAYS) * dayMs,
      replyFilesMs: orInfinity(values.KEEP_REPLY_FILES_DAYS) * dayMs,
      unknownReceiptsMs: orInfinity(values.KEEP_UNKNOWN_RECEIPTS_HOURS) * hourMs,
      erasuresMs: orInfinity(values.KEEP_ERASURES_DAYS) * dayMs,
    },
  };
}
