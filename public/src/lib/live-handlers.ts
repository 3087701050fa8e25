import type { EventName, EventPayload } from '../../../server/contract/events.js';

/** What some live events change in what a part of the dashboard shows. */
export type LiveHandlers = { [N in EventName]?: (payload: EventPayload<N>) => void };
