import { conversionQuery } from './uploads.js';
import type { LiveHandlers } from '../lib/live-handlers.js';
import { queryClient } from '../lib/query-client.js';

/** What live events change in what is known of files. */
export const filesLive = {
  'upload-progress': ({ uploadId, percent }) => {
    queryClient.setQueryData(conversionQuery(uploadId).queryKey, percent);
  },
} satisfies LiveHandlers;
