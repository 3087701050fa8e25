import { formatCountdown } from '../lib/format.js';
import { useNowEverySecond } from '../lib/use-now.js';

/** "0:42" until a moment; `past` once it has come. */
export function Countdown({ until, past }: { until: string; past: string }) {
  const remainingMs = Date.parse(until) - useNowEverySecond();
  return (
    // Inside a live region too: a screen reader must not read out every second.
    <span className="tabular" role="timer" aria-live="off">
      {remainingMs <= 0 ? past : formatCountdown(remainingMs)}
    </span>
  );
}
