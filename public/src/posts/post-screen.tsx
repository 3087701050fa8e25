import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { Status } from '../../../server/contract/statuses.js';
import { BackLink } from '../ui/back-link.js';
import { Loaded } from '../ui/loaded.js';
import { Note } from '../ui/note.js';
import { PostActivity } from './post-activity.js';
import { PostFunnel } from './post-funnel.js';
import { PostLinks } from './post-links.js';
import { PostState } from './post-state.js';
import { ScreenTitle } from '../ui/screen-title.js';
import { SeriesParts } from './series-parts.js';
import { StatusPreview } from '../post-look/status-preview.js';
import { ViewersPanel } from './viewers/viewers-panel.js';
import { formatAgo, formatMoment } from '../lib/format.js';
import { sessionsQuery } from '../accounts/queries.js';
import { statusQuery } from './queries.js';
import { wasPosted } from '../post-look/status-states.js';
import { useNow } from '../lib/use-now.js';
import classes from './post-screen.module.css';

/** One post: how it looks, how it is doing, and who viewed it, as it happens. */
export function PostScreen() {
  const { sessionId, statusId } = useParams({ from: '/posts/$sessionId/$statusId' });
  const query = useQuery(statusQuery(sessionId, statusId));
  return (
    <>
      <ScreenTitle title="Post" back={<BackLink to="/" label="Posts" />} />
      <Loaded query={query} skeleton={<PostSkeleton />}>
        {(status) => <PostDetail key={statusId} status={status} />}
      </Loaded>
    </>
  );
}

function PostDetail({ status }: { status: Status }) {
  const sessions = useQuery(sessionsQuery);
  const nowMs = useNow();
  const session = sessions.data?.items.find((each) => each.sessionId === status.sessionId);
  return (
    <div className={classes.grid}>
      <div className={classes.phone}>
        <StatusPreview
          post={status}
          account={session?.pushName ?? session?.sessionName ?? 'You'}
          when={
            status.state === 'scheduled' && status.scheduledAt !== null
              ? formatMoment(status.scheduledAt)
              : formatAgo(status.sentAt ?? status.createdAt, nowMs)
          }
          {...(wasPosted(status) ? { views: status.counts.viewed } : {})}
        />
      </div>
      <div className={classes.facts}>
        <PostState status={status} account={session?.sessionName ?? ''} />
        <SeriesParts status={status} />
        {wasPosted(status) && status.counts.targeted === 0 ? (
          <Note tone="quiet">It went only to your own number. Open WhatsApp on your phone to see it there.</Note>
        ) : null}
        {wasPosted(status) && status.counts.targeted > 0 ? (
          <>
            <PostFunnel status={status} />
            <PostActivity status={status} />
            <PostLinks status={status} />
            <ViewersPanel status={status} />
          </>
        ) : null}
      </div>
    </div>
  );
}

function PostSkeleton() {
  return (
    <div className={classes.grid} role="status" aria-label="Loading the post">
      <Skeleton height={560} radius={42} className={classes.phone} />
      <div className={classes.facts}>
        <Skeleton height={90} radius={18} />
        <Skeleton height={120} radius={18} />
        <Skeleton height={300} radius={18} />
      </div>
    </div>
  );
}
