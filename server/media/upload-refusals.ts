import { sizeInWords } from '../contract/values/file-size.js';
import { resumableUploadsPath } from '../contract/resumable-uploads.js';
import { AppError } from '../lib/app-error.js';

/** For programs. People are told what to do, not where. */
const listedAt = `GET ${resumableUploadsPath}`;

/** Nothing is wrong with the file: what the caller began before has to end first. Schedules try such a file again later. */
export function tooManyUnfinished(max: number): AppError {
  return new AppError(
    'unavailable',
    `You have ${String(max)} uploads on their way or in preparation, and more are not possible at a time. Wait until one is ` +
      'done, or cancel one that was not finished.',
    { retryAfterSeconds: 30, details: { maxUnfinished: max, listedAt } },
  );
}

export function tooMuchUnfinished(neededBytes: number, usedBytes: number, maxBytes: number): AppError {
  return new AppError(
    'unavailable',
    `Your uploads that are on their way or in preparation have ${sizeInWords(usedBytes)}. With ${sizeInWords(neededBytes)} ` +
      `more that is beyond the ${sizeInWords(maxBytes)} that they may have at a time. Wait until one is done, or cancel one ` +
      'that was not finished.',
    { retryAfterSeconds: 30, details: { maxUnfinishedBytes: maxBytes, listedAt } },
  );
}

/** The way out is to delete something, so a repeat alone is of no use. */
export function organizationIsFull(neededBytes: number, leftBytes: number, limitBytes: number): AppError {
  return new AppError(
    'payload_too_large',
    `This needs ${sizeInWords(neededBytes)}, and of the ${sizeInWords(limitBytes)} that the files of your organization may ` +
      `have, ${sizeInWords(Math.max(0, leftBytes))} are left. Delete files from the library that are not needed any more, or ` +
      'ask whoever runs this server to allow more.',
    { details: { leftBytes: Math.max(0, leftBytes), limitBytes } },
  );
}

/** The same for the number of files. */
export function organizationHasTooManyFiles(limit: number): AppError {
  return new AppError(
    'payload_too_large',
    `The library of your organization may have ${limit.toLocaleString('en')} files, with those on their way to it, and this ` +
      'is beyond them. Delete files that are not needed any more, or ask whoever runs this server to allow more.',
    { details: { limitFiles: limit } },
  );
}

export function diskIsLow(keepFreeBytes: number): AppError {
  return new AppError(
    'unavailable',
    `The disk of the server is nearly full: its last ${sizeInWords(keepFreeBytes)} are kept free, so no upload is taken ` +
      'now. Try again later; whoever runs the server has to make room on it.',
    { retryAfterSeconds: 300 },
  );
}
