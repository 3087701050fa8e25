import type { Server } from 'node:http';
import type { Callers } from '../access/callers.js';
import type { Core } from '../core.js';
import type { EventLog } from '../events/event-log.js';
import type { EventStore } from '../events/event-store.js';
import { EventTail } from '../events/event-tail.js';
import { RealtimeServer } from './realtime-server.js';

export interface RealtimeNeeds {
  server: Server;
  callers: Callers;
  events: EventLog;
  eventStore: Pick<EventStore, 'listOfOthers' | 'lastSeq'>;
}

/** Live events, of this process and of others on the same database. */
export function realtimeFeature({ config, bus, clock, logger }: Core, needs: RealtimeNeeds) {
  const realtime = new RealtimeServer(needs.server, {
    callers: needs.callers,
    bus,
    clock,
    logger,
    corsOrigins: config.corsOrigins,
    publicOrigin: config.publicAddress?.origin,
    trustProxy: config.trustProxy,
    failureLimit: config.rateLimit,
    maxConnections: config.liveConnections,
  });
  const eventsOfOthers = new EventTail({
    store: needs.eventStore,
    origin: needs.events.origin,
    logger,
    isWanted: () => realtime.connectionCount > 0,
    deliver: (event) => realtime.deliver(event),
  });
  const live = { name: 'live events', start: () => realtime.start(), stop: () => realtime.stop() };
  return { realtime, parts: { live, eventsOfOthers } };
}
