import type { LiveHandlers } from '../lib/live-handlers.js';
import { readBroadcastsAgain, readPlansAgain } from './queries.js';

/** What live events change in what is planned. */
export const planningLive = {
  'session-deleted': readPlansAgain,
  'statuses-updated': readPlansAgain,
  'status-sent': readPlansAgain,
  'status-failed': readPlansAgain,
  'status-deleted': readPlansAgain,
  'status-viewers-update': readBroadcastsAgain,
} satisfies LiveHandlers;
