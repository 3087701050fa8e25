import type { Pace } from '../../../../server/contract/pace.js';
import { warmUpCaps } from '../../../../server/contract/pace.js';
import { formatMoment, formatNumber } from '../../lib/format.js';
import classes from './pace-form.module.css';

/** Where an account stands today: what it has posted, and when it may next. */
export function PaceState({ pace }: { pace: Pace }) {
  const { settings, warmUpDay, postsInLast24Hours, nextPostAt, waitingReason } = pace;
  const warmUpCap = warmUpDay === null ? undefined : warmUpCaps[warmUpDay - 1];
  const caps = [settings.dailyCap, warmUpCap].filter((cap) => cap !== null && cap !== undefined);
  const cap = caps.length === 0 ? null : Math.min(...caps);
  return (
    <dl className={classes.state}>
      <div>
        <dt>Posts in the last 24 hours</dt>
        <dd className="tabular">
          {formatNumber(postsInLast24Hours)}
          {cap === null ? '' : ` of ${formatNumber(cap)}`}
        </dd>
      </div>
      <div>
        <dt>Next post</dt>
        <dd>{nextPostAt === null ? 'May go out now' : `After ${formatMoment(nextPostAt)}`}</dd>
      </div>
      <div>
        <dt>Warm-up</dt>
        <dd>{warmUpWords(pace)}</dd>
      </div>
      {waitingReason === null || waitingReason.code === 'paused' ? null : (
        <p className={classes.waiting}>{waitingWords[waitingReason.code]}</p>
      )}
    </dl>
  );
}

const waitingWords: Record<Exclude<NonNullable<Pace['waitingReason']>['code'], 'paused'>, string> = {
  not_connected: 'Posts wait because the account is not connected.',
  min_gap: 'Posts wait for the gap after the last one.',
  rate_per_min: 'Posts wait: the limit for a minute is reached.',
  rate_per_hour: 'Posts wait: the limit for an hour is reached.',
  daily_cap: 'Posts wait: the limit for 24 hours is reached.',
  warm_up: 'Posts wait: the account is new, and its limit for this day of the warm-up is reached.',
  quiet_hours: 'Posts wait: these are quiet hours.',
  waiting_for_whatsapp: 'A post waits for an answer from WhatsApp.',
  trying_again: 'A post is tried again by itself.',
};

function warmUpWords({ settings, warmUpDay }: Pace): string {
  if (warmUpDay !== null) return `Day ${String(warmUpDay)} of ${String(warmUpCaps.length)}`;
  return settings.warmUp ? 'Over' : 'Off';
}
