import { queryOptions, useMutation } from '@tanstack/react-query';
import type { z } from 'zod';
import { draftSchema as savedDraftSchema } from '../../../server/contract/planning/drafts.js';
import type { draftStatusSchema } from '../../../server/contract/planning/drafts.js';
import { newIdempotencyKey, requestDone, requestOne, requestPage } from '../lib/api-client.js';
import { queryClient } from '../lib/query-client.js';

/** An unfinished post on the server; the one in the composer is a `Draft`. */
export type SavedDraft = z.infer<typeof savedDraftSchema>;

/** The most drafts one screen shows; live events invalidate them by the beginning of this key. */
const listLimit = 100;

export const savedDraftsQuery = queryOptions({
  queryKey: ['drafts'],
  queryFn: ({ signal }) => requestPage(savedDraftSchema, '/drafts', { query: { limit: listLimit }, signal }),
});

function draftPath(id: string): string {
  return `/drafts/${encodeURIComponent(id)}`;
}

function changed(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: savedDraftsQuery.queryKey });
}

/** Keeps a draft on the server: anew, or in place of the one it was begun from. */
export function useSaveDraft() {
  return useMutation({
    mutationFn: ({ id, status }: { id: string | null; status: z.input<typeof draftStatusSchema> }) =>
      id === null
        ? requestOne(savedDraftSchema, '/drafts', {
            method: 'POST',
            body: { status },
            idempotencyKey: newIdempotencyKey(),
          })
        : requestOne(savedDraftSchema, draftPath(id), { method: 'PATCH', body: { status } }),
    onSettled: changed,
  });
}

export function useDeleteDraft() {
  return useMutation({
    mutationFn: (id: string) => requestDone(draftPath(id), { method: 'DELETE' }),
    onSettled: changed,
  });
}

/** After its post was accepted. A draft that cannot be deleted now stays in the list, where a person can. */
export function deletePostedDraft(id: string): void {
  requestDone(draftPath(id), { method: 'DELETE' }).then(changed, changed);
}
