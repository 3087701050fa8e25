import { timeZoneNamed } from '../../../server/contract/values/local-time.js';

/** The time zone of this browser, such as `Asia/Kolkata`; UTC where it does not know its own. */
export function browserTimeZone(): string {
  return knownTimeZone() ?? 'UTC';
}

/** What to say where the browser does not know its time zone, as `Etc/Unknown` has it; null where it does. */
export function timeZoneWarning(): string | null {
  return knownTimeZone() === undefined
    ? 'This browser does not say in which time zone it is, so times are those of UTC.'
    : null;
}

function knownTimeZone(): string | undefined {
  return timeZoneNamed(new Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** A moment as clocks here show it, to the minute, as a date field has it: 2026-12-24T18:00. */
export function wallTimeOf(moment: Date): string {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
