import { events as contract, type AppEvent } from '../contract/events.js';
import type { EventSink, Tx } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import { newId } from '../lib/ids.js';
import type { EventBus } from './event-bus.js';
import type { EventStore } from './event-store.js';

/** Whoever was away for longer reads the state instead of the events. */
const keptForMs = 7 * 24 * 60 * 60_000;

/** Keeps every event of a committed change, and hands it to the bus afterwards. */
export class EventLog implements EventSink {
  /** This process, among those that write to the same database. */
  readonly origin = newId();

  constructor(
    private readonly store: EventStore,
    private readonly bus: EventBus,
    private readonly clock: Clock,
  ) {}

  async append(tx: Tx, events: readonly AppEvent[]): Promise<void> {
    const secret = events.find(({ name }) => contract[name].heardBy === 'session-managers');
    if (secret) throw new Error(`Events "${secret.name}" are secrets: they go to the bus and are not stored.`);
    const identified = events.map((event) => ({ ...event, id: newId() }));
    await this.store.append(tx, identified, { createdAt: this.clock.now(), origin: this.origin });
  }

  /** Forgets events that nobody can ask for any more. */
  async prune(): Promise<void> {
    await this.store.deleteBefore(new Date(this.clock.now().getTime() - keptForMs));
  }

  publish(event: AppEvent): void {
    this.bus.publish(event);
  }
}
