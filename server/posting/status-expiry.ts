import type { UnitOfWork } from '../db/unit-of-work.js';
import type { Logger } from '../lib/logger.js';
import { PeriodicTask } from '../lib/running/periodic-task.js';
import type { StatusSteps } from '../statuses/status-steps.js';

/** How often it is worth looking. */
const expiryIntervalMs = 60_000;

/** Marks statuses as expired once WhatsApp shows them no more. */
export class StatusExpiry {
  constructor(
    private readonly steps: StatusSteps,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Marks everything that is due now. */
  async sweep(): Promise<void> {
    while (!(await this.unitOfWork.run((tx) => this.steps.expire(tx))).isAll);
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
