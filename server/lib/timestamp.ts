/** Epoch milliseconds as the UTC text of the contract. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}

/** As {@link timestamp}, for a time that may be unknown. */
export function timestampOrNull(ms: number | null): string | null {
  return ms === null ? null : timestamp(ms);
}
