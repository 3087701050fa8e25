import * as Instant from 'temporal-polyfill/fns/Instant';
import * as ZonedDateTime from 'temporal-polyfill/fns/ZonedDateTime';
import { quarterMs } from './activity.js';

/** The clock of a time zone without a change: from a quarter of an hour on, and before another, it is ahead of UTC by so many. */
export interface ClockSpan {
  from: number;
  to: number;
  /** In quarters of an hour. */
  ahead: number;
}

/**
 * How the clock on the wall of a time zone goes between two quarters of an hour: one span, and one more for every change of the
 * clocks. Undefined where it differs from UTC by something else than whole quarters, or is changed within one.
 */
export function clockSpans(timeZone: string, from: number, to: number): ClockSpan[] | undefined {
  const spans: ClockSpan[] = [];
  let zoned = Instant.toZonedDateTimeISO(Instant.fromEpochMilliseconds(from * quarterMs), timeZone);
  for (let begin = from; begin < to;) {
    const ahead = ZonedDateTime.offsetNanoseconds(zoned) / (quarterMs * 1e6);
    const next = ZonedDateTime.getTimeZoneTransition(zoned, 'next');
    const end = next ? Math.min(to, next.epochMilliseconds / quarterMs) : to;
    if (!Number.isInteger(ahead) || !Number.isInteger(end)) return undefined;
    spans.push({ from: begin, to: end, ahead });
    begin = end;
    if (next) zoned = next;
  }
  return spans;
}

/** A quarter of an hour as it is counted on the wall: from 1970 on, as if the clock had always gone like that. */
export function wallQuarter(spans: readonly ClockSpan[], quarter: number): number {
  const span = spans.find(({ to }) => quarter < to) ?? spans.at(-1);
  return quarter + (span?.ahead ?? 0);
}

export const quartersPerHour = 4;
export const quartersPerDay = 96;

/** Monday is 1. The first of January 1970 was a Thursday. */
export function weekdayOf(wallDay: number): number {
  return ((((wallDay + 3) % 7) + 7) % 7) + 1;
}
