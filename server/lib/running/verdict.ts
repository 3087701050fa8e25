import type { ErrorCode } from '../../contract/errors.js';
import { AppError } from '../app-error.js';

/** Of the moment, not of what was asked for: the same may succeed later. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'rate_limited',
  'request_timeout',
  'whatsapp_error',
  'internal_error',
]);

/**
 * Whether a failure says something about what was asked for, so that asking again is in vain. What is busy, slow or out of
 * reach, and anything unexpected, says nothing about it.
 */
export function isVerdict(error: unknown): error is AppError {
  return error instanceof AppError && !passing.has(error.code);
}

/** Whether it was said that it may pass, as opposed to something that nobody thought of. */
export function isPassing(error: unknown): error is AppError {
  return error instanceof AppError && passing.has(error.code);
}

/** What a caller may be told of a failure; nothing of one that nobody thought of. */
export function failureInWords(error: unknown): { code: string; message: string } {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  return { code: 'internal_error', message: 'Something went wrong on the server; its log says what.' };
}
