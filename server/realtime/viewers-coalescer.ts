import type { AppEvent } from '../contract/events.js';
import { Coalescer } from './coalescer.js';

type ViewersEvent = Extract<AppEvent, { name: 'status-viewers-update' }>;

/** Viewer updates that follow each other closely become one, with everybody of whom something is new, and the latest counts. */
export class ViewersCoalescer extends Coalescer<ViewersEvent> {
  constructor(deliver: (event: ViewersEvent) => void) {
    super(deliver, merge);
  }
}

function merge(earlier: ViewersEvent, later: ViewersEvent): ViewersEvent {
  const viewers = byPerson([...earlier.payload.viewers, ...later.payload.viewers]);
  const delivered = byPerson([...earlier.payload.delivered, ...later.payload.delivered]);
  // Who got it and viewed it between two events is a viewer.
  for (const personId of viewers.keys()) delivered.delete(personId);
  return {
    ...later,
    payload: { ...later.payload, viewers: [...viewers.values()], delivered: [...delivered.values()] },
  };
}

/** What was told last of each. */
function byPerson<T extends { personId: string }>(people: readonly T[]): Map<string, T> {
  return new Map(people.map((person) => [person.personId, person]));
}
