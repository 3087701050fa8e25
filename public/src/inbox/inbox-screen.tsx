import { Button, NativeSelect, SegmentedControl } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sessionsQuery, useAccountNames } from '../accounts/queries.js';
import { formatNumber } from '../lib/format.js';
import { useSearchWords } from '../lib/use-search-words.js';
import { SearchField } from '../ui/fields/search-field.js';
import { PagedRows } from '../ui/paged-rows.js';
import { Panel } from '../ui/panel.js';
import { say, sayFailure } from '../ui/say.js';
import { ScreenTitle } from '../ui/screen-title.js';
import { useMarkAllReplies } from './actions.js';
import { InboxMenu } from './inbox-menu.js';
import { repliesQuery, unreadRepliesQuery } from './queries.js';
import { ReplyRow } from './reply-row.js';

const everyAccount = '';

/** What people answer to posts, the latest first, as it comes. */
export function InboxScreen() {
  const [account, setAccount] = useState(everyAccount);
  const [shown, setShown] = useState<'all' | 'unread'>('all');
  const { typed, setTyped, search } = useSearchWords();
  const sessionId = account === everyAccount ? undefined : account;
  const filter = { sessionId, unread: shown === 'unread', search };
  const replies = useInfiniteQuery(repliesQuery(filter));
  const accounts = useQuery(sessionsQuery).data?.items ?? [];
  const names = useAccountNames();
  const unread = useQuery(unreadRepliesQuery).data?.unread ?? 0;
  const isNarrowed = search !== '' || sessionId !== undefined;
  return (
    <>
      <ScreenTitle
        title="Inbox"
        hint="What people answer to your posts. Other private messages stay on the phone."
        actions={
          <>
            {unread === 0 ? null : (
              <MarkAllRead unread={unread} newest={replies.data?.pages[0]?.items[0]?.receivedAt} />
            )}
            <InboxMenu shown={filter} />
          </>
        }
      />
      <Panel
        label="Replies"
        tools={
          <>
            {accounts.length < 2 ? null : (
              <NativeSelect
                aria-label="Account"
                value={account}
                data={[
                  { value: everyAccount, label: 'All accounts' },
                  ...accounts.map((each) => ({ value: each.sessionId, label: each.sessionName })),
                ]}
                onChange={(event) => {
                  setAccount(event.currentTarget.value);
                }}
              />
            )}
            <SegmentedControl
              aria-label="Which to show"
              value={shown}
              onChange={setShown}
              data={[
                { value: 'all', label: 'All' },
                { value: 'unread', label: 'Unread' },
              ]}
              radius="md"
            />
            <SearchField label="Search words or names" value={typed} onChange={setTyped} flex={1} miw={180} />
          </>
        }
      >
        <PagedRows
          query={replies}
          row={(reply) => (
            <ReplyRow
              key={reply.id}
              reply={reply}
              account={accounts.length < 2 ? '' : (names.get(reply.sessionId) ?? reply.sessionId)}
            />
          )}
          empty={emptyWords(isNarrowed, shown)}
        />
      </Panel>
    </>
  );
}

function emptyWords(isNarrowed: boolean, shown: 'all' | 'unread'): string {
  if (isNarrowed) return 'No reply has this. Search for less, or in all accounts.';
  if (shown === 'unread') return 'You have read everything.';
  return 'Nobody has answered a post yet. When somebody does, it shows here by itself.';
}

/** What came after the newest reply that is shown stays unread. */
function MarkAllRead({ unread, newest }: { unread: number; newest: string | undefined }) {
  const markAll = useMarkAllReplies();
  return (
    <Button
      variant="default"
      loading={markAll.isPending}
      onClick={() => {
        markAll.mutate(newest ?? new Date().toISOString(), {
          onError: sayFailure('They were not marked'),
          onSuccess: ({ changed }) => {
            say(`${formatNumber(changed)} ${changed === 1 ? 'reply is' : 'replies are'} marked as read.`);
          },
        });
      }}
    >
      Mark {formatNumber(unread)} as read
    </Button>
  );
}
