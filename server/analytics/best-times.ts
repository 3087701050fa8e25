import { type BestTimes, enoughForBestTimes } from '../contract/analytics/analytics.js';
import type { HourSums } from './over-time.js';
import { type ClockSpan, quartersPerDay, weekdayOf } from './wall-clock.js';

const hoursPerDay = 24;

/** At which hours and on which weekdays views come, as far as enough of them are known to tell. */
export function bestTimesOf(spans: readonly ClockSpan[], sums: readonly HourSums[]): BestTimes {
  const hours = Array.from({ length: hoursPerDay }, () => 0);
  const perWeekday = Array.from({ length: 7 }, () => 0);
  const daysWithViews = new Set<number>();
  let views = 0;
  for (const { hour, viewed } of sums) {
    if (viewed <= 0) continue;
    const day = Math.floor(hour / hoursPerDay);
    const ofDay = hour - day * hoursPerDay;
    hours[ofDay] = (hours[ofDay] ?? 0) + viewed;
    perWeekday[weekdayOf(day) - 1] = (perWeekday[weekdayOf(day) - 1] ?? 0) + viewed;
    daysWithViews.add(day);
    views += viewed;
  }
  const days = daysOfEachWeekday(spans);
  const weekdays = perWeekday.map((sum, index) => rounded(sum / Math.max(1, days[index] ?? 1)));
  const known = { views, days: daysWithViews.size };
  const isEnough = known.views >= enoughForBestTimes.views && known.days >= enoughForBestTimes.days;
  return {
    isEnough,
    needed: { ...enoughForBestTimes },
    known,
    best: isEnough ? { hour: indexOfMost(hours), weekday: indexOfMost(weekdays) + 1 } : null,
    hours,
    weekdays,
  };
}

/** How many days of the time were Mondays, Tuesdays and so on; a day that it touches is one. */
function daysOfEachWeekday(spans: readonly ClockSpan[]): number[] {
  const days = new Set<number>();
  for (const { from, to, ahead } of spans) {
    const last = Math.floor((to - 1 + ahead) / quartersPerDay);
    for (let day = Math.floor((from + ahead) / quartersPerDay); day <= last; day += 1) days.add(day);
  }
  const counts = Array.from({ length: 7 }, () => 0);
  for (const day of days) counts[weekdayOf(day) - 1] = (counts[weekdayOf(day) - 1] ?? 0) + 1;
  return counts;
}

/** The first of several. */
function indexOfMost(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
