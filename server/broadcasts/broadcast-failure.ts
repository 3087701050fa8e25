import type { Broadcast } from '../contract/planning/broadcasts.js';
import type { AppError } from '../lib/app-error.js';
import { failureOfPost } from '../statuses/awaited-outcome.js';

/** What a caller who waited for a broadcast is told when no account has posted it, nor will; the first one's reason stands for all. */
export function broadcastFailure(broadcast: Broadcast): AppError | undefined {
  const { accounts } = broadcast;
  const [first] = accounts;
  const isLost = accounts.every(({ state, status }) => state === 'refused' || status === 'failed');
  if (!isLost || !first?.error) return undefined;
  const { code, message } = first.error;
  const others = accounts.length === 1 ? '' : `No account has posted it. ${first.sessionId}: `;
  return failureOfPost(code, `${others}${message}`, { broadcast });
}
