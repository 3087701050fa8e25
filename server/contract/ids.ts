import { z } from 'zod';

const longestWord = 64;

/** An id that may be the caller's own word; ids the server makes are ULIDs, which fit the same rule. */
export function wordSchema(problem = 'Use 1 to 64 letters, digits, "_" or "-".') {
  return z
    .string()
    .max(longestWord, problem)
    .regex(/^[A-Za-z0-9_-]{1,64}$/, problem);
}

/** An id that only the server makes. */
export function ulidSchema(problem: string) {
  return z
    .string()
    .max(26, problem)
    .regex(/^[0-9A-Z]{26}$/, problem);
}

export const sessionIdSchema = wordSchema().meta({
  description: 'Session id: letters, digits, "_" and "-", at most 64.',
  example: 'acc1',
});

export const statusIdSchema = wordSchema('This is not a status id.').meta({
  description: 'Status id (ULID).',
  example: '01J9ZX8K2QHV0M3T6R7P4N5W8C',
});

export const audienceIdSchema = ulidSchema('This is not the id of a list.').meta({
  description: 'Id of a list (ULID).',
});

export const templateIdSchema = ulidSchema('This is not a template id.').meta({ description: 'Template id (ULID).' });

export const replyIdSchema = wordSchema('This is not a reply id.').meta({
  description: 'Reply id (ULID).',
  example: '01J9ZX8K2QHV0M3T6R7P4N5W8R',
});

export const timestampSchema = z.iso
  .datetime()
  .meta({ description: 'UTC, ISO 8601.', example: '2026-01-28T10:00:00.000Z' });

/**
 * A phone number in an answer. The document says its form, by which this server goes; what reads answers here does not insist
 * on it, so that one odd number from elsewhere hides no others.
 */
export const knownNumberSchema = z
  .string()
  .meta({ pattern: '^[0-9]+$', description: 'The digits, with the country code.' });

/** A JID in an answer, as {@link knownNumberSchema} is a number. */
export const knownJidSchema = z.string().meta({ pattern: '^[^@]+@[^@]+$' });

/** A LID in an answer, beside a number: the digits. */
export const knownLidSchema = z
  .string()
  .meta({ pattern: '^[0-9]+$', description: 'The digits of the LID.', example: '12345678901234' });

/** A LID in an answer, beside a JID. */
export const knownLidJidSchema = z
  .string()
  .meta({ pattern: '^[0-9]+@lid$', description: 'The LID as a JID.', example: '12345678901234@lid' });

const noFilename =
  'This is not the name of an uploaded file. Upload the file first, and give the filename of the answer.';

/** The names that the server gives to uploaded files and their thumbnails; nothing else ever reaches the file system. */
export const uploadFilenameSchema = z
  .string()
  .max(longestWord, noFilename)
  .regex(/^\d{9,11}-[0-9a-z]{16}(-thumb)?\.(jpg|mp4|ogg)$/, noFilename)
  .meta({ description: 'As an upload answered it.', example: '1769594400-4k2v9x8m1q7d3c5b.jpg' });
