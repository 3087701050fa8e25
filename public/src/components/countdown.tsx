import { formatCountdown } from '../format.js';
import { useNowEverySecond } from '../use-now.js';

/** "0:42" until a moment; `past` once it has come. */
export function Countdown({ until, past }: { until: string; past: string }) {
  const remainingMs = Date.parse(until) - useNowEverySecond();
  return <span className="tabular">{remainingMs <= 0 ? past : formatCountdown(remainingMs)}</span>;
}
