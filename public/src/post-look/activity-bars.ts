import type { OverTime } from '../../../server/contract/analytics/analytics.js';
import { formatDay } from '../lib/days.js';
import type { Bar } from '../ui/bar-chart.js';

/** What people did over time, as bars: views, and the likes within them. */
export function activityBars({ unit, bars }: OverTime): Bar[] {
  return bars.map(({ local, viewed, reacted }) => ({
    name: unit === 'day' ? dayName(local) : `${dayName(local.slice(0, 10))}, ${hourName(local)}`,
    short: unit === 'day' ? formatDay(local, { month: 'short', day: 'numeric' }) : hourName(local),
    value: viewed,
    part: reacted,
  }));
}

function dayName(day: string): string {
  return formatDay(day, { weekday: 'short', month: 'short', day: 'numeric' });
}

/** "6:00 PM" for `2026-12-24T18:00`, in the words of the browser's language. */
export function hourName(wall: string): string {
  return new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' }).format(
    Date.parse(`${wall}:00Z`),
  );
}
