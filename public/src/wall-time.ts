/** The time zone of this browser, such as `Asia/Kolkata`. */
export function browserTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** A moment as clocks here show it, to the minute, as a date field has it: 2026-12-24T18:00. */
export function wallTimeOf(moment: Date): string {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
