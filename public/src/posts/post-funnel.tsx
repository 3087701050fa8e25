import type { Status } from '../../../server/contract/statuses.js';
import { formatNumber, percentOf } from '../lib/format.js';
import { LowerBound } from '../post-look/lower-bound.js';
import classes from './post-funnel.module.css';

/** From everyone it was meant for to those known to have viewed it and, where they are counted, those who opened a link. */
export function PostFunnel({ status: { counts, trackLinks, links } }: { status: Status }) {
  const isClicked = trackLinks && links.length > 0;
  const left = counts.targeted - counts.included;
  return (
    <section aria-label="Reach">
      <div className={classes.steps} data-clicks={isClicked || undefined}>
        <Step label="Targeted" value={counts.targeted} of={counts.targeted} />
        <Step label="Delivered" value={counts.delivered} of={counts.targeted} />
        <Step label="Known views" value={counts.viewed} of={counts.targeted} strong />
        {isClicked ? <Step label="Clicked" value={counts.clicked} of={counts.targeted} /> : null}
      </div>
      {left > 0 ? (
        <p className={classes.left}>
          {left === 1 ? '1 number was' : `${formatNumber(left)} numbers were`} left out: not on WhatsApp, or without a
          device that can receive it.
        </p>
      ) : null}
    </section>
  );
}

function Step({ label, value, of, strong = false }: { label: string; value: number; of: number; strong?: boolean }) {
  const share = percentOf(value, of) ?? 0;
  return (
    <div className={classes.step} data-strong={strong || undefined}>
      <div className={classes.label}>
        {label}
        {strong ? <LowerBound /> : null}
      </div>
      <div className={classes.value}>
        {formatNumber(value)}
        <span className={classes.share}>{share}%</span>
      </div>
      <div className={classes.track} aria-hidden>
        <div className={classes.fill} style={{ width: `${String(share)}%` }} />
      </div>
    </div>
  );
}
