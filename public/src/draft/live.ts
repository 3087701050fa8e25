import type { LiveHandlers } from '../lib/live-handlers.js';
import { savedDraftsQuery } from './saved-drafts.js';
import { queryClient } from '../lib/query-client.js';

/** What live events change in the drafts on the server. */
export const draftLive = {
  'drafts-updated': () => void queryClient.invalidateQueries({ queryKey: savedDraftsQuery.queryKey }),
} satisfies LiveHandlers;
