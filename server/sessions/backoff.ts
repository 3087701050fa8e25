export const firstPauseMs = 1_000;
export const longestPauseMs = 5 * 60_000;
/** Tries after which a refusal that may be lasting counts as lasting. */
export const fewAttempts = 5;

/**
 * The pause before reconnect number `attempt` (from 1): doubling, at most five minutes, and between half and the whole of
 * it by chance, so that many sessions that lost WhatsApp together do not come back together.
 */
export function pauseBeforeAttempt(attempt: number, random: () => number = Math.random): number {
  const whole = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt - 1, 20));
  return Math.round(whole * (0.5 + random() / 2));
}
