import type { ErrorRequestHandler } from 'express';
import type { Failure } from '../contract/errors.js';
import { AppError } from '../lib/app-error.js';
import type { Logger } from '../lib/logger.js';
import { httpStatusOf } from './error-table.js';
import { requestIdOf } from './request-log.js';

/** Writes every failure as one envelope. What was thrown by mistake goes to the log and never to the caller. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const requestId = requestIdOf(request);
    const known = appErrorOf(error);
    const status = httpStatusOf(known.code);
    if (status >= 500) logger.error({ err: error, requestId }, 'request failed');
    else logger.debug({ requestId, code: known.code, reason: known.message }, 'request refused');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (known.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(known.retryAfterSeconds));
    response.status(status).json(failureOf(known, requestId));
  };
}

function failureOf(error: AppError, requestId: string): Failure {
  return {
    success: false,
    error: error.message,
    code: error.code,
    ...(error.details && { details: error.details }),
    requestId,
  };
}

/** The middleware that reads bodies and addresses throws errors with a `type` and a `status`. */
function appErrorOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { type, status } =
    typeof error === 'object' && error !== null ? (error as { type?: unknown; status?: unknown }) : {};
  switch (type) {
    case 'entity.parse.failed':
      return new AppError('validation_error', 'The body is not valid JSON.');
    case 'entity.too.large':
      return new AppError('payload_too_large', 'The body is larger than this server accepts.');
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new AppError('unsupported_media_type', 'Send JSON in UTF-8, without a content encoding other than gzip.');
    default:
      if (typeof status === 'number' && status >= 400 && status < 500) {
        return new AppError('validation_error', 'The request could not be read.');
      }
      return new AppError(
        'internal_error',
        'Something went wrong here. The log has the details under this request id.',
      );
  }
}
