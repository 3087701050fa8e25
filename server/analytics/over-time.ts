import type { Activity, OverTime } from '../contract/analytics/analytics.js';
import { timestamp } from '../lib/timestamp.js';
import { activityKinds, type ActivitySums, addActivity, noActivity, quarterMs } from './activity.js';
import { type ClockSpan, quartersPerDay, quartersPerHour } from './wall-clock.js';

/** What people did in one hour on the wall, counted from 1970. */
export type HourSums = ActivitySums & { hour: number };

const unitQuarters = { hour: quartersPerHour, day: quartersPerDay } as const;

/** A bar for each hour or day on the wall that the spans touch, in order. */
export function barsOf(unit: OverTime['unit'], spans: readonly ClockSpan[], hours: readonly HourSums[]): OverTime {
  const quarters = unitQuarters[unit];
  const bars = new Map<number, ActivitySums & { from: number; to: number }>();
  for (const { from, to, ahead } of spans) {
    for (let begin = from; begin < to;) {
      const wall = Math.floor((begin + ahead) / quarters);
      const end = Math.min(to, (wall + 1) * quarters - ahead);
      const bar = bars.get(wall);
      if (bar) bar.to = end;
      else bars.set(wall, { from: begin, to: end, ...noActivity() });
      begin = end;
    }
  }
  for (const sums of hours) {
    const bar = bars.get(Math.floor((sums.hour * quartersPerHour) / quarters));
    if (bar) addActivity(bar, sums);
  }
  return {
    unit,
    bars: [...bars]
      .sort(([one], [other]) => one - other)
      .map(([wall, { from, to, ...sums }]) => ({
        local: localText(unit, wall),
        from: timestamp(from * quarterMs),
        to: timestamp(to * quarterMs),
        ...notNegative(sums),
      })),
  };
}

export function totalOf(hours: readonly HourSums[]): Activity {
  const total = noActivity();
  for (const sums of hours) addActivity(total, sums);
  return notNegative(total);
}

/** While older views are not counted yet, one that is put right may take more from a quarter than it has. */
function notNegative(sums: ActivitySums): Activity {
  return Object.fromEntries(activityKinds.map((kind) => [kind, Math.max(0, sums[kind])])) as ActivitySums;
}

function localText(unit: OverTime['unit'], wall: number): string {
  const text = new Date(wall * unitQuarters[unit] * quarterMs).toISOString();
  return unit === 'day' ? text.slice(0, 10) : text.slice(0, 16);
}
