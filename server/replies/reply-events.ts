import type { AppEvent } from '../contract/events.js';

/** A reply changed, or with null many of a session did. */
export function repliesUpdated(place: { organizationId: string; sessionId: string }, replyId: string | null): AppEvent {
  const { organizationId, sessionId } = place;
  return { name: 'replies-updated', organizationId, sessionId, payload: { sessionId, replyId } };
}
