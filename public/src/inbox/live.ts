import type { LiveHandlers } from '../lib/live-handlers.js';
import { queryClient } from '../lib/query-client.js';
import { repliesKey, unreadRepliesQuery } from './queries.js';

/** What live events change in what is known of replies. */
export const inboxLive = {
  'reply-received': readAgain,
  'reply-answered': readAgain,
  'replies-updated': readAgain,
  'session-deleted': readAgain,
  // Who wrote them may have a name by now.
  'contacts-updated': readAgain,
} satisfies LiveHandlers;

function readAgain(): void {
  for (const queryKey of [repliesKey, unreadRepliesQuery.queryKey]) void queryClient.invalidateQueries({ queryKey });
}
