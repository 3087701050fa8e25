import { formatNumber } from '../lib/format.js';
import { LowerBound } from './lower-bound.js';
import classes from './funnel-steps.module.css';

export interface FunnelStep {
  label: string;
  value: number;
  /** In whole per cent; null where there is nothing to compare with. */
  share: number | null;
  /** How it was before, in words. */
  before?: string;
  /** Known views, which are at least so many. */
  isLowerBound?: boolean;
}

/** From everyone it was meant for to what they did. */
export function FunnelSteps({ label, steps }: { label: string; steps: readonly FunnelStep[] }) {
  return (
    <section aria-label={label} className={classes.steps} data-many={steps.length > 4 || undefined}>
      {steps.map(({ label: name, value, share, before, isLowerBound = false }) => (
        <div key={name} className={classes.step} data-strong={isLowerBound || undefined}>
          <div className={classes.label}>
            {name}
            {isLowerBound ? <LowerBound /> : null}
          </div>
          <div className={classes.value}>
            {formatNumber(value)}
            {share === null ? null : <span className={classes.share}>{share}%</span>}
          </div>
          <div className={classes.track} aria-hidden>
            <div className={classes.fill} style={{ width: `${String(share ?? 0)}%` }} />
          </div>
          {before === undefined ? null : <div className={classes.before}>{before}</div>}
        </div>
      ))}
    </section>
  );
}
