import type { Readable } from 'node:stream';
import { AppError } from '../../lib/app-error.js';

/** A caller that says nothing for so long is not waited for any more. */
export const longestSilenceMs = 30_000;

/** Tells when nothing has come for so long although more was to come. */
export function endWhenSilent(request: Readable, silenceMs: number, tell: (error: AppError) => void): void {
  const timer = setTimeout(() => {
    const seconds = String(silenceMs / 1000);
    tell(
      new AppError('validation_error', `Nothing came for ${seconds} seconds, so the upload was ended. Send it again.`),
    );
  }, silenceMs);
  request.on('data', () => timer.refresh());
  for (const end of ['end', 'close', 'error']) request.once(end, () => clearTimeout(timer));
}
