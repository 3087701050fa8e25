import { EventTail, type EventTailOptions } from './events/event-tail.js';
import type { Part } from './lib/lifecycle.js';
import type { RealtimeServer } from './realtime/realtime-server.js';

/** Brings what other processes on the same database did to the live connections of this one. */
export function eventTail({
  realtime,
  ...parts
}: Pick<EventTailOptions, 'store' | 'origin' | 'logger'> & { realtime: RealtimeServer }): Part {
  const tail = new EventTail({
    ...parts,
    isWanted: () => realtime.connectionCount > 0,
    deliver: (event) => {
      realtime.deliver(event);
    },
  });
  return { name: 'events of other processes', start: () => tail.start(), stop: () => tail.stop() };
}
