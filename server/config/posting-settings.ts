import { z } from 'zod';
import { wholeNumber, type Values } from './kinds.js';

/** How posts leave. */
export const postingSettings = {
  POSTING_PACE: z
    .enum(['safe', 'off'])
    .default('safe')
    .describe(
      'How fast accounts post that chose no pace of their own: safe (irregular gaps, a daily cap, few posts from a new session) or off.',
    ),
  STATUS_CHUNK_SIZE: wholeNumber(1, 5_000)
    .default(300)
    .describe(
      'How many recipients one part of a post has. It is halved when WhatsApp is slow or says that it is too much.',
    ),
  STATUS_CHUNK_PAUSE_MS: wholeNumber(0, 60_000)
    .default(500)
    .describe('The pause between two parts of a post, in milliseconds; it varies by half.'),
  STATUS_RESEND_KEYS: z
    .enum(['true', 'false'])
    .default('false')
    .describe(
      'Send the key of statuses with every post, also to devices that have it. Slower; for when some see nothing.',
    ),
};

export interface PostingConfig {
  postingPace: 'safe' | 'off';
  /** How posts are cut into parts. */
  publishing: { chunkSize: number; chunkPauseMs: number; resendKeys: boolean };
}

export function postingConfigOf(values: Values<typeof postingSettings>): PostingConfig {
  return {
    postingPace: values.POSTING_PACE,
    publishing: {
      chunkSize: values.STATUS_CHUNK_SIZE,
      chunkPauseMs: values.STATUS_CHUNK_PAUSE_MS,
      resendKeys: values.STATUS_RESEND_KEYS === 'true',
    },
  };
}
