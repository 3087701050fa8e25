import { useQuery } from '@tanstack/react-query';
import type { Status } from '../../../server/contract/statuses.js';
import { formatAgo, formatNumber } from '../lib/format.js';
import { useNow } from '../lib/use-now.js';
import { FailureNote } from '../ui/failure-note.js';
import { BesidePost } from './beside-post.js';
import { linkClicksQuery } from './queries.js';
import classes from './post-links.module.css';

/** The links of a post whose clicks are counted, with how often each was opened. */
export function PostLinks({ status }: { status: Status }) {
  return status.trackLinks && status.links.length > 0 ? <Links status={status} /> : null;
}

function Links({ status: { sessionId, id } }: { status: Status }) {
  const { data, error } = useQuery(linkClicksQuery(sessionId, id));
  const nowMs = useNow();
  return (
    <BesidePost title="Links">
      <FailureNote error={error} title="The clicks cannot be read" />
      <ul className={classes.list}>
        {data?.items.map(({ position, target, shown, clicks, visitors, lastClickedAt }) => (
          <li key={position} className={classes.link}>
            <a className={classes.target} href={target} target="_blank" rel="noreferrer" title={`Shown as ${shown}`}>
              {target}
            </a>
            <span className={classes.count}>
              {clicks === 1 ? '1 click' : `${formatNumber(clicks)} clicks`} by{' '}
              {visitors === 1 ? '1 person' : `${formatNumber(visitors)} people`}
              {lastClickedAt === null ? '' : `, last ${formatAgo(lastClickedAt, nowMs)}`}
            </span>
          </li>
        ))}
      </ul>
      <p className={classes.hint}>One device counts once a day. Who clicked is not kept.</p>
    </BesidePost>
  );
}
