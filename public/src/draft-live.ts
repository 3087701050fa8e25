import type { LiveHandlers } from './live-handlers.js';
import { savedDraftsQuery } from './planning/saved-drafts.js';
import { queryClient } from './query-client.js';

/** What live events change in the drafts on the server. */
export const draftLive = {
  'drafts-updated': () => void queryClient.invalidateQueries({ queryKey: savedDraftsQuery.queryKey }),
} satisfies LiveHandlers;
