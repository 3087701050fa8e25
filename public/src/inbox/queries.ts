import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { optOutRuleSchema, replySchema, unreadRepliesSchema } from '../../../server/contract/inbox/replies.js';
import { sessionPath } from '../lib/paths.js';
import { requestBlob, requestOne, requestPage } from '../lib/api-client.js';

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

function repliesPath(sessionId: string | undefined): string {
  return sessionId === undefined ? '/replies' : `${sessionPath(sessionId)}/replies`;
}

export function repliesQuery({ sessionId, unread, search }: RepliesFilter) {
  return infiniteQueryOptions({
    queryKey: [...repliesKey, { sessionId, unread, search }],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      requestPage(replySchema, repliesPath(sessionId), {
        query: { limit: rowsPerPage, cursor: pageParam, search, unread: unread ? 'true' : undefined },
        signal,
      }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export const unreadRepliesQuery = queryOptions({
  queryKey: ['unread-replies'],
  queryFn: ({ signal }) => requestOne(unreadRepliesSchema, '/replies/unread', { signal }),
});

/** All replies that a list shows, in one file. */
export function repliesFile({ sessionId, unread, search }: RepliesFilter, format: 'csv' | 'jsonl'): Promise<Blob> {
  const query = new URLSearchParams({ format, search, ...(unread ? { unread: 'true' } : {}) });
  return requestBlob(`/api${repliesPath(sessionId)}?${query.toString()}`, new AbortController().signal);
}

/** By which words people opt out. */
export const optOutRuleQuery = queryOptions({
  queryKey: ['opt-out-rule'],
  queryFn: ({ signal }) => requestOne(optOutRuleSchema, '/replies/opt-out-rule', { signal }),
});
