import { Button } from '@mantine/core';
import { IconPencilPlus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Status } from '../../../server/contract/statuses.js';
import { useCancelStatus } from './actions.js';
import { draftFromPost } from '../draft/draft.js';
import { formatMoment } from '../lib/format.js';
import { isUnderWay, statusStateWords, wasPosted } from '../post-look/status-states.js';
import { useNow } from '../lib/use-now.js';
import { DeletePost } from './delete-post.js';
import { LinkButton } from '../ui/link-button.js';
import { Note } from '../ui/note.js';
import { Repost } from './repost.js';
import { SendingProgress } from './sending-progress.js';
import { ToneBadge } from '../ui/tone-badge.js';
import { FailureNote } from '../ui/failure-note.js';
import classes from './post-state.module.css';

/** How a post is, since when, for how long, and why it failed if it did. */
export function PostState({ status, account }: { status: Status; account: string }) {
  const { label, tone, hint } = statusStateWords[status.state];
  return (
    <section className={classes.root} aria-label="State">
      <div className={classes.line} role="status">
        <ToneBadge tone={tone} busy={isUnderWay(status)}>
          {label}
        </ToneBadge>
        <span className={classes.hint}>
          {status.state === 'scheduled' && status.scheduledAt !== null
            ? `It goes out by itself, ${formatMoment(status.scheduledAt)}.`
            : hint}
        </span>
      </div>
      {isUnderWay(status) ? <SendingProgress status={status} /> : null}
      {status.waitingReason === null ? null : <p className={classes.hint}>{status.waitingReason.message}</p>}
      {status.error === null ? null : (
        <Note tone="bad" title="Why">
          {status.error.message}
        </Note>
      )}
      {status.note === null ? null : <Note tone="attention">{status.note.message}</Note>}
      <div className={classes.actions}>
        {['failed', 'expired', 'canceled', 'deleted'].includes(status.state) ? (
          <LinkButton
            to="/compose"
            search={{ account: status.sessionId }}
            variant="light"
            leftSection={<IconPencilPlus size={18} aria-hidden />}
            onClick={() => {
              draftFromPost(status);
            }}
            className={classes.again}
          >
            {status.state === 'failed' ? 'Edit and post again' : 'Write it again'}
          </LinkButton>
        ) : null}
        {status.state === 'queued' || status.state === 'scheduled' ? <TakeBack status={status} /> : null}
        {wasPosted(status) ? <Repost status={status} className={classes.again} /> : null}
        {status.state === 'sent' ? <DeletePost status={status} className={classes.again} /> : null}
      </div>
      <p className={classes.times}>
        {account === '' ? null : <span>From {account}</span>}
        {status.sentAt === null ? (
          <span>Written {formatMoment(status.createdAt)}</span>
        ) : (
          <span>Posted {formatMoment(status.sentAt)}</span>
        )}
        {status.plan.repostOf === null ? null : (
          <Link
            to="/posts/$sessionId/$statusId"
            params={{ sessionId: status.sessionId, statusId: status.plan.repostOf }}
            className={classes.first}
          >
            Repeats an earlier post
          </Link>
        )}
        {status.state === 'sent' && status.expiresAt !== null ? <TimeLeft expiresAt={status.expiresAt} /> : null}
      </p>
    </section>
  );
}

function TakeBack({ status }: { status: Status }) {
  const cancel = useCancelStatus();
  return (
    <>
      <Button
        variant="default"
        loading={cancel.isPending}
        onClick={() => {
          cancel.mutate(status);
        }}
        className={classes.again}
      >
        Cancel this post
      </Button>
      <FailureNote error={cancel.error} />
    </>
  );
}

function TimeLeft({ expiresAt }: { expiresAt: string }) {
  const minutes = Math.max(0, Math.round((Date.parse(expiresAt) - useNow()) / 60_000));
  const left =
    minutes >= 60 ? `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min` : `${String(minutes)} min`;
  return <span>Up for another {left}</span>;
}
