import type { ErrorCode } from '../contract/errors.js';
import type { Status } from '../contract/statuses.js';
import { AppError } from '../lib/app-error.js';

/** Where it is not WhatsApp that stood in the way. */
const codes: Readonly<Record<string, ErrorCode>> = { empty_audience: 'empty_audience', media_missing: 'conflict' };

/** What a caller who waited for a post is told when it did not go out; undefined when it did, or still may. */
export function postingFailure(status: Status): AppError | undefined {
  if (status.state === 'canceled') {
    return new AppError('conflict', 'The status was canceled before it went out.', { details: { status } });
  }
  if (status.state !== 'failed' || status.error === null) return undefined;
  const { code, message } = status.error;
  return new AppError(codes[code] ?? 'whatsapp_error', message, { details: { status } });
}

/** What a caller who waited for a status to be taken back is told when it was not. */
export function takingBackFailure(status: Status): AppError | undefined {
  if (status.deletionError === null || status.deletingSince !== null) return undefined;
  if (status.state === 'deleted' || status.state === 'canceled') return undefined;
  return new AppError('whatsapp_error', status.deletionError.message, { details: { status } });
}
