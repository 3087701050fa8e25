import { Skeleton } from '@mantine/core';
import { IconPencilPlus, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { Session } from '../../../server/contract/sessions.js';
import type { Status } from '../../../server/contract/statuses.js';
import { AccountsAttention } from './accounts-attention.js';
import { DaySummary } from '../post-look/day-summary.js';
import { EmptyState } from '../ui/empty-state.js';
import { Loaded } from '../ui/loaded.js';
import { PostRow } from './post-row.js';
import { ScreenTitle } from '../ui/screen-title.js';
import { formatNumber } from '../lib/format.js';
import { sessionsQuery, useAccountNames } from '../accounts/queries.js';
import { statusesQuery } from './queries.js';
import { LinkButton } from '../ui/link-button.js';
import classes from '../ui/listing.module.css';

/** The posts of the last 24 hours, with counts that move as people look. */
export function PostsScreen() {
  const statuses = useQuery(statusesQuery);
  const sessions = useQuery(sessionsQuery);
  const accounts = sessions.data?.items;
  return (
    <>
      <ScreenTitle title="Posts" hint="What you posted in the last 24 hours, and what is planned." />
      {accounts === undefined ? null : <AccountsAttention sessions={accounts} />}
      <Loaded query={statuses} skeleton={<PostsSkeleton />}>
        {({ items, total }) =>
          items.length === 0 ? (
            <NothingPosted accounts={accounts} />
          ) : (
            <>
              <DaySummary statuses={items} />
              <PostList statuses={items} total={total} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function PostList({ statuses, total }: { statuses: Status[]; total: number }) {
  const names = useAccountNames();
  return (
    <>
      <ul className={classes.list} aria-label="Posts of the last 24 hours">
        {statuses.map((status) => (
          <PostRow key={status.id} status={status} account={names.get(status.sessionId) ?? ''} />
        ))}
      </ul>
      {total > statuses.length ? (
        <p className={classes.more}>
          The newest {formatNumber(statuses.length)} of {formatNumber(total)} posts are shown.
        </p>
      ) : null}
    </>
  );
}

function NothingPosted({ accounts }: { accounts: Session[] | undefined }) {
  const noAccount = accounts?.length === 0;
  return (
    <EmptyState
      art={<IconPencilPlus size={64} stroke={1.1} className={classes.art} />}
      title={noAccount ? 'Welcome to Statuscast' : 'Nothing posted in the last 24 hours'}
      action={
        <LinkButton
          to={noAccount ? '/accounts' : '/compose'}
          leftSection={<IconPlus size={18} stroke={2.2} aria-hidden />}
        >
          {noAccount ? 'Link an account' : 'Write a post'}
        </LinkButton>
      }
    >
      {noAccount
        ? 'Link the WhatsApp number you want to post from. Then write a status, and watch who views it.'
        : 'Statuses disappear from WhatsApp after a day. Write one now, and its viewers show here as they look.'}
    </EmptyState>
  );
}

function PostsSkeleton() {
  return (
    <div role="status" aria-label="Loading posts" className={classes.skeletons}>
      <Skeleton height={92} radius={18} />
      <Skeleton height={330} radius={20} />
    </div>
  );
}
