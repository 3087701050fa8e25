import { IconChevronRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Status } from '../../../server/contract/statuses.js';
import { formatAgo, formatMoment, formatNumber, percentOf } from '../lib/format.js';
import { titleOf } from '../post-look/shown-post.js';
import { isUnderWay, statusStateWords, wasPosted } from '../post-look/status-states.js';
import { useNow } from '../lib/use-now.js';
import { SendingProgress } from './sending-progress.js';
import { StatusTile } from './status-tile.js';
import { ToneBadge } from '../ui/tone-badge.js';
import classes from './post-row.module.css';

interface PostRowProps {
  status: Status;
  /** The name of the account that posted it; empty while it is not known. */
  account: string;
}

/** One post in the list: what it says, how it is, and how many it reached. */
export function PostRow({ status, account }: PostRowProps) {
  const nowMs = useNow();
  const { label, tone } = statusStateWords[status.state];
  return (
    <li className={classes.item}>
      <Link
        to="/posts/$sessionId/$statusId"
        params={{ sessionId: status.sessionId, statusId: status.id }}
        className={classes.row}
      >
        <StatusTile status={status} />
        <span className={classes.main}>
          <span className={classes.text} dir="auto">
            {titleOf(status)}
          </span>
          <span className={classes.meta}>
            <ToneBadge tone={tone} busy={isUnderWay(status)}>
              {label}
            </ToneBadge>
            <span className={classes.when}>
              {account === '' ? null : `${account} · `}
              {status.state === 'scheduled' && status.scheduledAt !== null
                ? `goes out ${formatMoment(status.scheduledAt)}`
                : formatAgo(status.sentAt ?? status.createdAt, nowMs)}
            </span>
          </span>
          {status.error === null ? null : <span className={classes.error}>{status.error.message}</span>}
          {isUnderWay(status) ? <SendingProgress status={status} /> : null}
        </span>
        {wasPosted(status) ? <RowCounts status={status} /> : null}
        <IconChevronRight size={20} stroke={1.8} className={classes.chevron} aria-hidden />
      </Link>
    </li>
  );
}

function RowCounts({ status: { counts } }: { status: Status }) {
  if (counts.targeted === 0) return <span className={classes.own}>Only your own number</span>;
  const share = percentOf(counts.viewed, counts.targeted);
  return (
    <span className={classes.counts}>
      <span className={classes.count}>
        <span className={classes.value}>{formatNumber(counts.targeted)}</span> targeted
      </span>
      <span className={classes.count}>
        <span className={classes.value}>{formatNumber(counts.delivered)}</span> delivered
      </span>
      <span className={classes.count} data-strong>
        <span className={classes.value}>{formatNumber(counts.viewed)}</span> known views
        {share === null ? null : <span className={classes.share}> {share}%</span>}
      </span>
    </span>
  );
}
