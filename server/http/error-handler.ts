import type { ErrorRequestHandler } from 'express';
import { keyOfHeaders } from '../access/authenticator.js';
import type { Failure } from '../contract/errors.js';
import { AppError, isFieldFailure, unavailableFor } from '../lib/app-error.js';
import { CallerLeft } from '../lib/caller-scope.js';
import { troubleBehind } from '../lib/database-trouble.js';
import type { Logger } from '../lib/logger.js';
import { withoutNumbers } from '../lib/without-numbers.js';
import { httpStatusOf } from './error-table.js';
import { bodyTooLarge } from './json-body.js';
import { requestIdOf } from './request-log.js';

/** Writes every failure as one envelope. What was thrown by mistake goes to the log and never to the caller. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const requestId = requestIdOf(request);
    if (error instanceof CallerLeft) {
      logger.debug({ requestId }, 'the caller left');
      response.destroy();
      return;
    }
    const known = appErrorOf(error);
    const status = httpStatusOf(known.code);
    // What cannot be done for the moment is told once, and not by everybody who meets it: callers bring it about.
    if (status === 503) logger.debug({ err: error, requestId }, 'request put off');
    else if (status >= 500) logger.error({ err: error, requestId }, 'request failed');
    else logger.debug({ requestId, code: known.code, ...reasonOf(known) }, 'request refused');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (known.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(known.retryAfterSeconds));
    if (status === 401) response.setHeader('www-authenticate', challengeOf(keyOfHeaders(request.headers)));
    // What was meant for a file that is not sent after all says nothing about the failure.
    for (const header of ['content-encoding', 'content-length', 'etag', 'last-modified']) response.removeHeader(header);
    response.setHeader('cache-control', 'no-store');
    response.status(status).type('json').json(failureOf(known, requestId));
  };
}

export function failureOf(error: AppError, requestId: string): Failure {
  return {
    success: false,
    error: error.message,
    code: error.code,
    ...(error.details && { details: error.details }),
    requestId,
  };
}

/** For the log. Sentences about fields repeat what was given, which may be a text, a number or a secret. */
function reasonOf(error: AppError): object {
  return isFieldFailure(error)
    ? { fields: Object.keys(error.details.fields) }
    : { reason: withoutNumbers(error.message) };
}

/** RFC 6750: whoever came without a key is only told what to bring. */
function challengeOf(presented: string | undefined): string {
  const challenge = 'Bearer realm="Statuscast"';
  return presented === undefined || presented === '' ? challenge : `${challenge}, error="invalid_token"`;
}

/** The middleware that reads bodies, addresses and files throws errors with a `type` and a `status`. */
function appErrorOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const trouble = troubleBehind(error);
  if (trouble) return unavailableFor(trouble);
  const { type, status, code, limit } = factsOf(error);
  switch (type) {
    case 'entity.parse.failed':
      return new AppError('validation_error', `The body is not valid JSON${placeOf(error)}.`);
    case 'entity.too.large':
      return typeof limit === 'number'
        ? bodyTooLarge(limit)
        : new AppError('payload_too_large', 'The body is too large.');
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new AppError('unsupported_media_type', 'Send JSON in UTF-8, without a content encoding other than gzip.');
    default:
      break;
  }
  if (code.startsWith('Z_')) {
    const remedy = 'Compress the body as its Content-Encoding says, or leave that header out.';
    return new AppError('validation_error', `The body cannot be unpacked. ${remedy}`);
  }
  if (error instanceof URIError || status === 400) {
    return new AppError('validation_error', 'The request could not be read: its address or its form is broken.');
  }
  if (status === 404) return new AppError('not_found', 'There is nothing at this address.');
  if (status === 416) return new AppError('range_not_satisfiable', 'The file has no such range.');
  if (typeof status === 'number' && status > 400 && status < 500) {
    return new AppError('validation_error', 'The request could not be read.');
  }
  return new AppError('internal_error', 'Something went wrong here. The log has the details under this request id.');
}

/** `code` is that of Node, such as `Z_DATA_ERROR`; empty when there is none. */
function factsOf(error: unknown): { type?: unknown; status?: unknown; limit?: unknown; code: string } {
  if (typeof error !== 'object' || error === null) return { code: '' };
  const { type, status, limit, code } = error as Record<'type' | 'status' | 'limit' | 'code', unknown>;
  return { type, status, limit, code: typeof code === 'string' ? code : '' };
}

/** Where JSON is broken, as far as the parser says. */
function placeOf(error: unknown): string {
  const position = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
  return position === undefined ? '' : `; look at character ${String(Number(position) + 1)}`;
}
