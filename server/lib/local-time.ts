import { Temporal } from 'temporal-polyfill';

/** A time on the wall, without a zone: `2026-03-29T02:30`. */
export type LocalTime = string;

/**
 * When the clock on the wall of a time zone shows a time, in epoch milliseconds. A time that a change of the clocks leaves
 * out moves forward by as much as the clocks do; one that comes twice is the first of the two.
 */
export function instantOf(local: LocalTime, timeZone: string): number {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone, { disambiguation: 'compatible' })
    .epochMilliseconds;
}

/** What the clock on the wall of a time zone shows, to the second. */
export function localTimeAt(at: number, timeZone: string): LocalTime {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  return zoned.toPlainDateTime().toString({ smallestUnit: 'second' });
}

/** How far the clock of a time zone is ahead of UTC, in milliseconds. */
export function offsetMsAt(at: number, timeZone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).offsetNanoseconds / 1e6;
}
