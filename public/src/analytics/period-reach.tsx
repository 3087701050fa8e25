import { formatNumber, percentOf } from '../lib/format.js';
import { FunnelSteps } from '../post-look/funnel-steps.js';
import type { OverviewData } from './queries.js';
import classes from './period-reach.module.css';

const steps = [
  { step: 'targeted', label: 'Targeted' },
  { step: 'delivered', label: 'Delivered' },
  { step: 'viewed', label: 'Known views' },
  { step: 'reacted', label: 'Likes' },
  { step: 'replied', label: 'Answered' },
] as const;

/** How many people a post had on average, beside the time before. */
export function PeriodReach({ data: { posts, perPost, previous } }: { data: OverviewData }) {
  return (
    <div>
      <h2 className={classes.heading}>
        {posts === 1 ? '1 post' : `${formatNumber(posts)} posts`}: people per post, on average
      </h2>
      <FunnelSteps
        label="People per post"
        steps={steps.map(({ step, label }) => ({
          label,
          value: rounded(perPost?.[step] ?? 0),
          share: percentOf(perPost?.[step] ?? 0, perPost?.targeted ?? 0),
          before:
            previous.perPost === null ? 'no posts before' : `${formatNumber(rounded(previous.perPost[step]))} before`,
          isLowerBound: step === 'viewed',
        }))}
      />
    </div>
  );
}

/** Where there are many people, no part of one says anything. */
function rounded(average: number): number {
  return average < 10 ? Math.round(average * 10) / 10 : Math.round(average);
}
