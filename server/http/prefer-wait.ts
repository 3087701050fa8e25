import type { RouteReply, RouteRequest, Wait } from './define-route.js';

/** The longest that one request waits for an outcome. */
export const maxWaitSeconds = 60;
/** The longest `Prefer` header that is read. */
export const maxPreferLength = 1_000;

/**
 * The seconds of `wait` in a `Prefer` header (RFC 7240), at most {@link maxWaitSeconds}; undefined when there is none or
 * it makes no sense, because a preference that is not understood is ignored and not an error.
 */
export function preferredWaitSeconds(header: string | undefined): number | undefined {
  if (header === undefined || header.length > maxPreferLength) return undefined;
  for (const preference of header.split(',')) {
    const match = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i.exec(preference);
    if (match) return Math.min(Number(match[1]), maxWaitSeconds);
  }
  return undefined;
}

/**
 * How long the caller wants to wait, which the answer then says it was heard. Where there is nothing to wait for the
 * preference is ignored, as RFC 7240 has it, and the answer says nothing.
 */
export function waitOf(waits: boolean, request: RouteRequest, reply: RouteReply): Wait {
  const waitSeconds = waits ? (preferredWaitSeconds(request.header('prefer')) ?? 0) : 0;
  if (waitSeconds > 0) reply.header('Preference-Applied', `wait=${String(waitSeconds)}`);
  return { waitMs: waitSeconds * 1000, signal: request.signal };
}
