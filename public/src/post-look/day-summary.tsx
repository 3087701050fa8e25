import type { Status, StatusCounts } from '../../../server/contract/statuses.js';
import { formatNumber, percentOf } from '../lib/format.js';
import { wasPosted } from './status-states.js';
import { LowerBound } from './lower-bound.js';
import classes from './day-summary.module.css';

/** The last 24 hours in four numbers. */
export function DaySummary({ statuses }: { statuses: Status[] }) {
  const posted = statuses.filter(wasPosted);
  const sum = (count: 'targeted' | 'delivered' | 'viewed'): number =>
    posted.reduce((total, status) => total + status.counts[count], 0);
  const targeted = sum('targeted');
  const delivered = sum('delivered');
  const viewed = sum('viewed');
  return <CountFigures label="Posts" value={posted.length} counts={{ targeted, delivered, viewed }} />;
}

interface CountFiguresProps {
  /** The first figure: how many posts, or accounts. */
  label: string;
  value: number;
  counts: Pick<StatusCounts, 'targeted' | 'delivered' | 'viewed'>;
}

/** How far posts got, all together. */
export function CountFigures({ label, value, counts: { targeted, delivered, viewed } }: CountFiguresProps) {
  return (
    <dl className={classes.grid}>
      <Figure label={label} value={value} />
      <Figure label="Targeted" value={targeted} />
      <Figure label="Delivered" value={delivered} share={percentOf(delivered, targeted)} />
      <Figure label="Known views" value={viewed} share={percentOf(viewed, targeted)} strong info={<LowerBound />} />
    </dl>
  );
}

interface FigureProps {
  label: string;
  value: number;
  share?: number | null;
  strong?: boolean;
  info?: React.ReactNode;
}

function Figure({ label, value, share = null, strong = false, info }: FigureProps) {
  return (
    <div className={classes.figure} data-strong={strong || undefined}>
      <dt className={classes.label}>
        {label}
        {info}
      </dt>
      <dd className={classes.value}>
        {formatNumber(value)}
        {share === null ? null : <span className={classes.share}>{share}%</span>}
      </dd>
    </div>
  );
}
