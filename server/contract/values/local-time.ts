import * as Instant from 'temporal-polyfill/fns/Instant';
import * as PlainDateTime from 'temporal-polyfill/fns/PlainDateTime';
import * as ZonedDateTime from 'temporal-polyfill/fns/ZonedDateTime';

/*
 * Temporal is the one engine that knows time zones here, on the server and in the dashboard: what it does not know is
 * refused, so nothing is ever stored that could not be worked out later. Intl knows other names, and only spells times.
 */

/** A time on the wall, without a zone: `2026-03-29T02:30`, with or without seconds. */
export type LocalTime = string;

/**
 * The name of a time zone as the engine writes it: `Europe/Berlin` for `europe/berlin`, `+05:30` for `+0530`. Undefined for
 * a zone that it does not know.
 */
export function timeZoneNamed(name: string): string | undefined {
  try {
    return Instant.toZonedDateTimeISO(Instant.fromEpochMilliseconds(0), name).timeZoneId;
  } catch {
    return undefined;
  }
}

/**
 * When the clock on the wall of a time zone shows a time, in epoch milliseconds. A time that a change of the clocks leaves
 * out moves forward by as much as the clocks do; one that comes twice is the first of the two. Throws a RangeError for a
 * zone that is not known and a time that cannot be read.
 */
export function instantOf(local: LocalTime, timeZone: string): number {
  const wall = new Date(`${local}Z`);
  const date = [wall.getUTCFullYear(), wall.getUTCMonth() + 1, wall.getUTCDate()] as const;
  const time = [wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds(), wall.getUTCMilliseconds()] as const;
  const plain = PlainDateTime.create(...date, ...time);
  return PlainDateTime.toZonedDateTime(plain, timeZone, { disambiguation: 'compatible' }).epochMilliseconds;
}

/** What the clock on the wall of a time zone shows, to the second. Throws a RangeError for a zone that is not known. */
export function localTimeAt(at: number, timeZone: string): LocalTime {
  return new Date(at + offsetMsAt(at, timeZone)).toISOString().slice(0, 19);
}

const dayMs = 24 * 60 * 60_000;
/** The day that was looked at last in each zone, with its offset where no clock is changed on it. */
const lastDays = new Map<string, { day: number; offsetMs: number | undefined }>();
const rememberedZones = 1_000;

/**
 * How far the clock of a time zone is ahead of UTC, in milliseconds. Throws a RangeError for a zone that is not known. The
 * engine takes its time, and one look is often followed by many at the same day, on which clocks change once at the most.
 */
export function offsetMsAt(at: number, timeZone: string): number {
  const day = Math.floor(at / dayMs);
  let last = lastDays.get(timeZone);
  if (last?.day !== day) {
    const offsetMs = engineOffsetMs(day * dayMs, timeZone);
    last = { day, offsetMs: engineOffsetMs((day + 1) * dayMs, timeZone) === offsetMs ? offsetMs : undefined };
    if (lastDays.size >= rememberedZones) lastDays.clear();
    lastDays.set(timeZone, last);
  }
  return last.offsetMs ?? engineOffsetMs(at, timeZone);
}

function engineOffsetMs(at: number, timeZone: string): number {
  const zoned = Instant.toZonedDateTimeISO(Instant.fromEpochMilliseconds(at), timeZone);
  return ZonedDateTime.offsetNanoseconds(zoned) / 1e6;
}

/** A time on the wall as milliseconds, to be spelled by Intl as if it were UTC. */
export function wallMs(local: LocalTime): number {
  return Date.parse(`${local}Z`);
}
