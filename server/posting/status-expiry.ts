import type { UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { PeriodicTask } from '../lib/running/periodic-task.js';
import { statusesUpdated } from '../statuses/status-events.js';
import type { StatusesStore } from '../statuses/statuses-store.js';

/** How often it is worth looking. */
const expiryIntervalMs = 60_000;
/** Bounds one transaction. */
const statusesPerSweep = 500;

/** Marks statuses as expired once WhatsApp shows them no more. */
export class StatusExpiry {
  constructor(
    private readonly statuses: StatusesStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** Marks everything that is due now. */
  async sweep(): Promise<void> {
    for (let found = statusesPerSweep; found === statusesPerSweep;) {
      found = await this.unitOfWork.run(async (tx) => {
        const expired = await this.statuses.expire(tx, this.clock.now().getTime(), statusesPerSweep);
        const places = new Map(expired.map((status) => [status.sessionId, status]));
        for (const place of places.values()) tx.emit(statusesUpdated(place));
        return expired.length;
      });
    }
  }
}

/** Looks once before anything else starts, and then from time to time. */
export function expiringStatuses(expiry: StatusExpiry, logger: Logger) {
  const task = new PeriodicTask({
    name: 'expiry of statuses',
    everyMs: expiryIntervalMs,
    work: () => expiry.sweep(),
    logger,
  });
  return {
    name: task.name,
    start: async () => {
      // What expired while no server ran is not shown as live for a moment.
      await task.runOnce();
      task.start();
    },
    stop: () => task.stop(),
  };
}
