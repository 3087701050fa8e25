import { z } from 'zod';
import { wholeNumber, type Values } from './kinds.js';

/** How files are made ready for phones. */
export const mediaSettings = {
  FFMPEG_PATH: z
    .string()
    .default('')
    .describe('The program ffmpeg, to use it instead of the media engine that comes with the packages.'),
  MEDIA_JOBS_AT_ONCE: wholeNumber(0, 64)
    .default(0)
    .describe(
      'How many files may be prepared at the same time. 0 takes one less than there are processors, 2 at least and 8 at most.',
    ),
  MEDIA_MEMORY_MB: wholeNumber(0, 1_048_576)
    .default(0)
    .describe(
      'How much memory all of them may take together when they are unpacked. 0 takes a quarter of the machine, 512 at least and 2048 at most.',
    ),
  STATUS_MEDIA_SECONDS: wholeNumber(2, 600)
    .default(60)
    .describe('How long one video or voice status may last. A longer video is cut and posted in parts.'),
  MAX_VIDEO_MINUTES: wholeNumber(1, 120).default(10).describe('The longest video that is cut into parts.'),
};

export interface MediaConfig {
  media: {
    /** The program that is to be used; undefined takes what comes with the packages. */
    ffmpegPath: string | undefined;
    statusMs: number;
    longestVideoMs: number;
    /** What the machine bears where nothing is said. */
    jobsAtOnce: number | undefined;
    memoryBytes: number | undefined;
    /** All that media workers see of the environment. */
    workerEnvironment: Readonly<Record<string, string>>;
  };
}

export function mediaConfigOf(
  values: Values<typeof mediaSettings>,
  workerEnvironment: Readonly<Record<string, string>>,
): MediaConfig {
  return {
    media: {
      ffmpegPath: values.FFMPEG_PATH === '' ? undefined : values.FFMPEG_PATH,
      statusMs: values.STATUS_MEDIA_SECONDS * 1000,
      longestVideoMs: values.MAX_VIDEO_MINUTES * 60_000,
      jobsAtOnce: values.MEDIA_JOBS_AT_ONCE || undefined,
      memoryBytes: values.MEDIA_MEMORY_MB === 0 ? undefined : values.MEDIA_MEMORY_MB * 1024 * 1024,
      workerEnvironment,
    },
  };
}
