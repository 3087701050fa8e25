import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { replySchema, unreadRepliesSchema } from '../../../server/contract/inbox/replies.js';
import { requestOne, requestPage } from '../lib/api-client.js';

const rowsPerPage = 50;

/** Which replies a list shows. */
export interface RepliesFilter {
  /** undefined: of all accounts. */
  sessionId: string | undefined;
  unread: boolean;
  search: string;
}

/** The beginning of the keys of all lists of replies. */
export const repliesKey = ['replies'] as const;

export function repliesQuery({ sessionId, unread, search }: RepliesFilter) {
  return infiniteQueryOptions({
    queryKey: [...repliesKey, { sessionId, unread, search }],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      requestPage(
        replySchema,
        sessionId === undefined ? '/replies' : `/sessions/${encodeURIComponent(sessionId)}/replies`,
        { query: { limit: rowsPerPage, cursor: pageParam, search, unread: unread ? 'true' : undefined }, signal },
      ),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export const unreadRepliesQuery = queryOptions({
  queryKey: ['unread-replies'],
  queryFn: ({ signal }) => requestOne(unreadRepliesSchema, '/replies/unread', { signal }),
});
