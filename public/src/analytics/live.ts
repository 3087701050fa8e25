import type { LiveHandlers } from '../lib/live-handlers.js';
import { readAgainSoon } from '../lib/read-again.js';
import { analyticsKey } from './queries.js';

function readAgain(): void {
  readAgainSoon(analyticsKey);
}

/** What live events make out of date in the overview. */
export const analyticsLive = {
  'status-sent': readAgain,
  'status-viewers-update': readAgain,
  'statuses-updated': readAgain,
  'session-deleted': readAgain,
} satisfies LiveHandlers;
