/** How long a session waits before it connects again. */
export interface ReconnectPauses {
  firstMs: number;
  longestMs: number;
}

/** Tries after which a refusal that may be lasting counts as lasting. */
export const fewAttempts = 5;

/**
 * The pause before reconnect number `attempt` (from 1): doubling up to the longest, and between half and the whole of it
 * by chance, so that many sessions that lost WhatsApp together do not come back together.
 */
export function pauseBeforeAttempt(
  attempt: number,
  { firstMs, longestMs }: ReconnectPauses,
  random: () => number = Math.random,
): number {
  const whole = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 20));
  return Math.round(whole * (0.5 + random() / 2));
}
