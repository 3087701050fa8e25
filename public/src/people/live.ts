import { contactsKey, contactsSummaryQuery } from './queries.js';
import type { LiveHandlers } from '../lib/live-handlers.js';
import { queryClient } from '../lib/query-client.js';

/** What live events change in what is known of people. */
export const peopleLive = {
  'contacts-updated': ({ sessionId }) => {
    for (const queryKey of [contactsKey(sessionId), contactsSummaryQuery(sessionId).queryKey]) {
      void queryClient.invalidateQueries({ queryKey });
    }
  },
} satisfies LiveHandlers;
