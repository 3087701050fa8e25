import type { ErrorCode } from '../contract/errors.js';

/** The one place that says which HTTP status a code has. */
const statusByCode: Readonly<Record<ErrorCode, number>> = {
  validation_error: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  not_connected: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  empty_audience: 422,
  rate_limited: 429,
  headers_too_large: 431,
  internal_error: 500,
  whatsapp_error: 502,
  unavailable: 503,
};

export function httpStatusOf(code: ErrorCode): number {
  return statusByCode[code];
}
