import type { UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { statusesUpdated } from './status-events.js';
import type { StatusesStore } from './statuses-store.js';

const sweepIntervalMs = 60_000;
/** Bounds one transaction. */
const statusesPerSweep = 500;

/** Marks statuses as expired once WhatsApp shows them no more. */
export class StatusExpiry {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();

  constructor(
    private readonly statuses: StatusesStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  start(): void {
    const sweep = () => {
      this.sweeping = this.sweeping
        .then(() => this.sweep())
        .catch((error: unknown) => {
          this.logger.error({ err: error }, 'expired statuses could not be marked');
        });
    };
    sweep();
    this.timer = setInterval(sweep, sweepIntervalMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

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
