import { orInfinity, wholeNumber, type Values } from './kinds.js';

const megabyte = 1024 * 1024;

/** How much may be uploaded and kept. */
export const uploadSettings = {
  MAX_UPLOAD_MB: wholeNumber(1, 2_048).default(256).describe('The largest uploaded file.'),
  UNFINISHED_UPLOADS_MAX: wholeNumber(1, 1_000)
    .default(20)
    .describe('How many uploads of one key or person may be on their way or in preparation at the same time.'),
  UNFINISHED_UPLOADS_MB: wholeNumber(1, 1_048_576)
    .default(2_048)
    .describe('How much these may have together. At least MAX_UPLOAD_MB.'),
  ORGANIZATION_STORAGE_MB: wholeNumber(0, 1_073_741_824)
    .default(20_480)
    .describe('How much the uploaded files of one organization may have together. 0 sets no limit.'),
  ORGANIZATION_FILES_MAX: wholeNumber(0, 1_000_000_000)
    .default(100_000)
    .describe('How many uploaded files one organization may have. 0 sets no limit.'),
  KEEP_DISK_FREE_MB: wholeNumber(0, 1_073_741_824)
    .default(1_024)
    .describe('How much of the disk of UPLOADS_DIR uploads and files of replies leave free. 0 lets them fill it.'),
  KEEP_UNFINISHED_UPLOADS_HOURS: wholeNumber(1, 720)
    .default(24)
    .describe('How long an upload that can be resumed is kept after it was begun.'),
  KEEP_UNUSED_UPLOADS_DAYS: wholeNumber(0, 3_650)
    .default(30)
    .describe('How long an uploaded file is kept that no status or template shows. 0 keeps it for ever.'),
  REPLY_FILE_MAX_MB: wholeNumber(1, 2_048)
    .default(64)
    .describe('The largest file of a reply to a status that is fetched and kept; a larger one counts as missing.'),
  ORGANIZATION_REPLY_FILES_MB: wholeNumber(0, 1_073_741_824)
    .default(5_120)
    .describe(
      'How much the files of replies of one organization may have together, beside its uploads: what strangers send takes no room from posts. 0 sets no limit.',
    ),
};

/** How much uploads may take. */
export interface UploadLimitsConfig {
  /** Of one key or person, on their way or in preparation. */
  unfinishedCount: number;
  unfinishedBytes: number;
  /** Of one organization; Infinity where there is no limit. */
  organizationBytes: number;
  organizationFiles: number;
  keepDiskFreeBytes: number;
  /** What can be resumed is forgotten this long after it was begun. */
  keepUnfinishedMs: number;
}

export interface UploadConfig {
  maxUploadBytes: number;
  uploadLimits: UploadLimitsConfig;
  /** 0 for ever. */
  keepUnusedUploadsMs: number;
  replyFiles: {
    maxBytes: number;
    /** Of one organization; Infinity where there is no limit. */
    organizationBytes: number;
  };
}

export function uploadProblems(values: Values<typeof uploadSettings>): string[] {
  if (values.UNFINISHED_UPLOADS_MB >= values.MAX_UPLOAD_MB) return [];
  return ['UNFINISHED_UPLOADS_MB: Give at least MAX_UPLOAD_MB, or the largest files could never be uploaded.'];
}

export function uploadConfigOf(values: Values<typeof uploadSettings>): UploadConfig {
  return {
    maxUploadBytes: values.MAX_UPLOAD_MB * megabyte,
    uploadLimits: {
      unfinishedCount: values.UNFINISHED_UPLOADS_MAX,
      unfinishedBytes: values.UNFINISHED_UPLOADS_MB * megabyte,
      organizationBytes: orInfinity(values.ORGANIZATION_STORAGE_MB) * megabyte,
      organizationFiles: orInfinity(values.ORGANIZATION_FILES_MAX),
      keepDiskFreeBytes: values.KEEP_DISK_FREE_MB * megabyte,
      keepUnfinishedMs: values.KEEP_UNFINISHED_UPLOADS_HOURS * 60 * 60_000,
    },
    keepUnusedUploadsMs: values.KEEP_UNUSED_UPLOADS_DAYS * 24 * 60 * 60_000,
    replyFiles: {
      maxBytes: values.REPLY_FILE_MAX_MB * megabyte,
      organizationBytes: orInfinity(values.ORGANIZATION_REPLY_FILES_MB) * megabyte,
    },
  };
}
