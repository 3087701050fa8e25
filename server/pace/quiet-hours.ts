import { localTimeAt } from '../contract/values/local-time.js';
import type { QuietHours } from '../contract/pace.js';

const minutesPerDay = 24 * 60;
const minuteMs = 60_000;

/**
 * When the quiet hours that `at` lies in are over, or undefined when it lies in none. Epoch milliseconds. The end is what
 * the clock on the wall shows there, also in a night in which clocks are changed.
 */
export function endOfQuietHours(quiet: QuietHours, at: number): number | undefined {
  const from = minutesOf(quiet.from);
  const to = minutesOf(quiet.to);
  const now = localMinutes(at, quiet.timeZone);
  const isQuiet = from < to ? now >= from && now < to : now >= from || now < to;
  if (!isQuiet) return undefined;
  const wholeMinute = at - (at % minuteMs);
  const end = wholeMinute + forward(now, to) * minuteMs;
  // A change of the clocks in between makes the wall show something else then; the nearer way round corrects it.
  const ahead = forward(localMinutes(end, quiet.timeZone), to);
  return end + (ahead > minutesPerDay / 2 ? ahead - minutesPerDay : ahead) * minuteMs;
}

function minutesOf(timeOfDay: string): number {
  return Number(timeOfDay.slice(0, 2)) * 60 + Number(timeOfDay.slice(3, 5));
}

function forward(from: number, to: number): number {
  return (to - from + minutesPerDay) % minutesPerDay;
}

function localMinutes(at: number, timeZone: string): number {
  return minutesOf(localTimeAt(at, timeZone).slice(11, 16));
}
