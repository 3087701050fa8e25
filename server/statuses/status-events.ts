import type { AppEvent } from '../contract/events.js';
import type { Tx } from '../db/unit-of-work.js';
import { deletionProgress, isSettled, publicStatus, type StatusRecord } from './status.js';

/** Tells lists of a session's statuses to look again. */
export function statusesUpdated(place: { organizationId: string; sessionId: string }): AppEvent {
  const { organizationId, sessionId } = place;
  return { name: 'statuses-updated', organizationId, sessionId, payload: { sessionId } };
}

/** Tells lists of a session's statuses to look again: once, for all that happens to them in one transaction. */
export function tellLists(tx: Tx, place: { organizationId: string; sessionId: string }): void {
  const isTold = tx.events.some(({ name, sessionId }) => name === 'statuses-updated' && sessionId === place.sessionId);
  if (!isTold) tx.emit(statusesUpdated(place));
}

/** The outcome of a status that is sent or failed. */
export function statusSettled(record: StatusRecord): AppEvent {
  const { organizationId, sessionId } = record;
  const name = record.state === 'sent' ? 'status-sent' : 'status-failed';
  return { name, organizationId, sessionId, payload: publicStatus(record) };
}

/** Whether after this event a status of its session may have settled, or be gone. */
export function maySettle(event: AppEvent): boolean {
  if (event.name === 'status-progress') return isSettled(event.payload.state);
  return event.name === 'status-sent' || event.name === 'status-failed' || event.name === 'session-deleted';
}

/** WhatsApp has taken a status back from everybody. */
export function statusDeleted({ organizationId, sessionId, id }: StatusRecord): AppEvent {
  return { name: 'status-deleted', organizationId, sessionId, payload: { sessionId, statusId: id } };
}

/** How far a status is taken back. */
export function statusDeletionProgress(record: StatusRecord): AppEvent {
  const { organizationId, sessionId, id: statusId } = record;
  const payload = { sessionId, statusId, ...deletionProgress(record) };
  return { name: 'status-deletion-progress', organizationId, sessionId, payload };
}

/** How far a status has come: `done` of `total` recipients. */
export function statusProgress(record: StatusRecord, done: number, total: number): AppEvent {
  const { organizationId, sessionId, id, state } = record;
  return {
    name: 'status-progress',
    organizationId,
    sessionId,
    payload: { sessionId, statusId: id, state, done, total },
  };
}
