import { events as contract, type AppEvent } from '../contract/events.js';
import type { EventSink, Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import { newId } from '../lib/ids.js';
import { withoutPerson } from '../lib/without-person.js';
import type { EventBus } from './event-bus.js';
import type { EventStore } from './event-store.js';

/** Bounds how long one query reads: payloads have up to a thousand viewers. */
const searchedAtOnce = 500;

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

  /** Forgets at most so many events: whoever was away for longer reads the state instead. How many there were. */
  forgetBefore(before: number, atMost: number): Promise<number> {
    return this.store.deleteBefore(before, atMost);
  }

  /** Takes somebody out of what is kept of an organization; what is about nobody else goes. */
  async forgetPerson(
    unitOfWork: UnitOfWork,
    organizationId: string,
    names: ReadonlySet<string>,
    told: { went(tx: Tx, events: number): Promise<void>; isWanted(): boolean },
  ): Promise<void> {
    for (let after = 0; told.isWanted();) {
      const { found, last } = await this.store.search(organizationId, [...names], { after, limit: searchedAtOnce });
      if (last === undefined) return;
      for (const seq of found) {
        await unitOfWork.run(async (tx) => {
          const isChanged = await this.store.rewrite(tx, seq, (payload) => {
            const { rest, isChanged, isAbout } = withoutPerson(payload, names);
            return isAbout ? 'delete' : isChanged ? { payload: rest } : 'leave';
          });
          if (isChanged) await told.went(tx, 1);
        });
      }
      after = last;
    }
  }

  publish(event: AppEvent): void {
    this.bus.publish(event);
  }
}
