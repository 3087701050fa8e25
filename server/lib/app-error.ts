import type { ErrorCode } from '../contract/errors.js';
import type { DatabaseTrouble } from './database-trouble.js';

/**
 * The one error that may reach a caller. `message` is a sentence for a person; `cause` is for the log and never leaves.
 * Anything else that is thrown is a bug and answered as `internal_error`.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  /** Only for the caller: it may hold what people wrote, so no logger finds it. */
  declare readonly details: Record<string, unknown> | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: Record<string, unknown>; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    Object.defineProperty(this, 'details', { value: options.details });
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** What somebody is told who asked while the database cannot be used. */
export function unavailableFor(trouble: DatabaseTrouble): AppError {
  const { message, retryAfterSeconds } = trouble;
  return new AppError('unavailable', message, { retryAfterSeconds, cause: trouble });
}

/** `field` is the dotted path of the offending value. */
export function validationError(field: string, sentence: string): AppError {
  return new AppError('validation_error', sentence, { details: { fields: { [field]: sentence } } });
}

export function notFound(what: string): AppError {
  return new AppError('not_found', `${what} was not found.`);
}

/** Whether the failure is about what fields hold. */
export function isFieldFailure(error: AppError): error is AppError & { details: { fields: Record<string, string> } } {
  const fields = error.details?.['fields'];
  return typeof fields === 'object' && fields !== null;
}
