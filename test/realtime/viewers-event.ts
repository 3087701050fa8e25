import type { AppEvent } from '../../server/contract/events.js';

export type ViewersEvent = Extract<AppEvent, { name: 'status-viewers-update' }>;

export function viewersEvent(statusId: string, personIds: string[], viewed: number): ViewersEvent {
  const viewers = personIds.map((personId) => ({
    personId,
    number: null,
    lid: null,
    name: null,
    deliveredAt: null,
    viewedAt: null,
    reaction: null,
    replied: false,
  }));
  const counts = { targeted: 9, included: 9, delivered: 9, viewed, reacted: 0, replied: 0, clicked: 0 };
  return {
    name: 'status-viewers-update',
    organizationId: 'default',
    sessionId: 'acc1',
    payload: { sessionId: 'acc1', statusId, viewers, delivered: [], counts },
  };
}
