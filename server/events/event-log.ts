import type { AppEvent } from '../contract/events.js';
import type { EventSink, Tx } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import { newId } from '../lib/ids.js';
import type { EventBus } from './event-bus.js';
import type { EventStore } from './event-store.js';

/** Keeps every event of a committed change, and hands it to the bus afterwards. */
export class EventLog implements EventSink {
  constructor(
    private readonly store: EventStore,
    private readonly bus: EventBus,
    private readonly clock: Clock,
  ) {}

  append(tx: Tx, events: readonly AppEvent[]): Promise<void> {
    const identified = events.map((event) => ({ ...event, id: newId() }));
    return this.store.append(tx, identified, this.clock.now());
  }

  publish(event: AppEvent): void {
    this.bus.publish(event);
  }
}
