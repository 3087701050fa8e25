import { contactsKey, contactsSummaryQuery } from './audience-queries.js';
import type { LiveHandlers } from './live-handlers.js';
import { queryClient } from './query-client.js';

/** What live events change in what is known of people. */
export const peopleLive = {
  'contacts-updated': ({ sessionId }) => {
    for (const queryKey of [contactsKey(sessionId), contactsSummaryQuery(sessionId).queryKey]) {
      void queryClient.invalidateQueries({ queryKey });
    }
  },
} satisfies LiveHandlers;
