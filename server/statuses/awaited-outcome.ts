import { errorCodes, type ErrorCode } from '../contract/errors.js';
import type { Series } from '../contract/planning/series.js';
import type { Status } from '../contract/statuses.js';
import { AppError } from '../lib/app-error.js';

/** Where it is not WhatsApp that stood in the way. */
const codes: Readonly<Record<string, ErrorCode>> = { media_missing: 'conflict' };

/** What a caller who waited for a post is told when it did not go out; undefined when it did, or still may. */
export function postingFailure(status: Status): AppError | undefined {
  if (status.state === 'canceled') {
    return new AppError('conflict', 'The status was canceled before it went out.', { details: { status } });
  }
  if (status.state !== 'failed' || status.error === null) return undefined;
  const { code, message } = status.error;
  return failureOfPost(code, message, { status });
}

/** `reason`: the code of what stood in the way, as a status or an account of a broadcast has it. */
export function failureOfPost(reason: string, message: string, details: Record<string, unknown>): AppError {
  const code = errorCodes.find((each) => each === reason) ?? codes[reason] ?? 'whatsapp_error';
  return new AppError(code, message, { details });
}

/** What a caller who waited for a series is told when one of its posts did not go out: which one, and why. */
export function seriesFailure(series: Series): AppError | undefined {
  for (const [index, status] of series.statuses.entries()) {
    const failure = postingFailure(status);
    if (!failure) continue;
    const message = `Post ${String(index + 1)} of the series: ${failure.message}`;
    return new AppError(failure.code, message, { details: { series } });
  }
  return undefined;
}

/** What a caller who waited for a status to be taken back is told when it was not. */
export function takingBackFailure(status: Status): AppError | undefined {
  if (status.deletionError === null || status.deletingSince !== null) return undefined;
  if (status.state === 'deleted' || status.state === 'canceled') return undefined;
  return new AppError('whatsapp_error', status.deletionError.message, { details: { status } });
}
