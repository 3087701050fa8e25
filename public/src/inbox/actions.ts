import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import {
  answerSchema,
  markedRepliesSchema,
  type OptOutRule,
  optOutRuleSchema,
  replySchema,
  type Reply,
} from '../../../server/contract/inbox/replies.js';
import { newIdempotencyKey, requestOne } from '../lib/api-client.js';
import { sessionPath } from '../lib/paths.js';
import { optOutRuleQuery, repliesKey, unreadRepliesQuery } from './queries.js';

function readRepliesAgain(client: QueryClient): Promise<unknown> {
  const keys = [repliesKey, unreadRepliesQuery.queryKey];
  return Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
}

function replyPath({ sessionId, id }: Pick<Reply, 'id' | 'sessionId'>): string {
  return `${sessionPath(sessionId)}/replies/${encodeURIComponent(id)}`;
}

/** Marks one reply as read, or as unread again, for everybody who reads the inbox. */
export function useMarkReply() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ reply, isRead }: { reply: Pick<Reply, 'id' | 'sessionId'>; isRead: boolean }) =>
      requestOne(replySchema, replyPath(reply), { method: 'PATCH', body: { isRead } }),
    onSuccess: () => readRepliesAgain(client),
  });
}

/** Has a file that is missing fetched again; when it is here it shows by itself. */
export function useFetchFile() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reply: Pick<Reply, 'id' | 'sessionId'>) =>
      requestOne(replySchema, `${replyPath(reply)}/file`, { method: 'POST' }),
    onSuccess: () => readRepliesAgain(client),
  });
}

/** Marks the replies of all accounts as read that had been received until then. */
export function useMarkAllReplies() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (until: string) =>
      requestOne(markedRepliesSchema, '/replies/read', { method: 'POST', body: { until } }),
    onSuccess: () => readRepliesAgain(client),
  });
}

/** Writes to whoever sent a reply; what becomes of the answer shows with the reply. */
export function useAnswerReply(reply: Pick<Reply, 'id' | 'sessionId'>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (content: string) =>
      requestOne(answerSchema, `${replyPath(reply)}/answer`, {
        method: 'POST',
        body: { type: 'text', content },
        idempotencyKey: newIdempotencyKey(),
      }),
    onSuccess: () => readRepliesAgain(client),
  });
}

/** Changes by which words people opt out. */
export function useSaveOptOutRule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (rule: OptOutRule) =>
      requestOne(optOutRuleSchema, '/replies/opt-out-rule', { method: 'PUT', body: rule }),
    onSuccess: (rule) => {
      client.setQueryData(optOutRuleQuery.queryKey, rule);
    },
  });
}
