import type { Status } from '../../../server/contract/statuses.js';
import { formatNumber, percentOf } from '../lib/format.js';
import { FunnelSteps } from '../post-look/funnel-steps.js';
import classes from './post-funnel.module.css';

/** From everyone it was meant for to those known to have viewed it, who reacted, who answered and, where they are counted, who opened a link. */
export function PostFunnel({ status: { counts, trackLinks, links } }: { status: Status }) {
  const { targeted, included, delivered, viewed, reacted, replied, clicked } = counts;
  const isClicked = trackLinks && links.length > 0;
  const left = targeted - included;
  return (
    <div>
      <FunnelSteps
        label="Reach"
        steps={[
          { label: 'Targeted', value: targeted, share: percentOf(targeted, targeted) },
          { label: 'Delivered', value: delivered, share: percentOf(delivered, targeted) },
          { label: 'Known views', value: viewed, share: percentOf(viewed, targeted), isLowerBound: true },
          { label: 'Likes', value: reacted, share: percentOf(reacted, targeted) },
          { label: 'Answered', value: replied, share: percentOf(replied, targeted) },
          ...(isClicked ? [{ label: 'Clicked', value: clicked, share: percentOf(clicked, targeted) }] : []),
        ]}
      />
      {left > 0 ? (
        <p className={classes.left}>
          {left === 1 ? '1 number was' : `${formatNumber(left)} numbers were`} left out: not on WhatsApp, or without a
          device that can receive it.
        </p>
      ) : null}
    </div>
  );
}
