import { type Funnel, type FunnelRates, funnelSteps, type Reached } from '../contract/analytics/analytics.js';
import type { PostsSums } from './posts-sums.js';

/** Shares to four digits. */
const precision = 10_000;
/** Averages to two. */
const averagePrecision = 100;

export function ratesOf({ targeted, delivered, viewed, reacted, replied, clicked }: Funnel): FunnelRates {
  return {
    delivered: shareOf(delivered, targeted),
    viewed: shareOf(viewed, delivered),
    reacted: shareOf(reacted, viewed),
    replied: shareOf(replied, viewed),
    clicked: shareOf(clicked, viewed),
  };
}

/** Of posts together. */
export function reachedBy({ posts, ...sums }: PostsSums): Reached {
  const average = (sum: number): number => Math.round((sum / posts) * averagePrecision) / averagePrecision;
  const perPost = Object.fromEntries(funnelSteps.map((step) => [step, average(sums[step])])) as Funnel;
  return { posts, sums, perPost: posts === 0 ? null : perPost, rates: ratesOf(sums) };
}

/** Nobody is a share of nobody. Where the audience was not recorded, more may have got it than it was meant for. */
function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * precision) / precision;
}
