import type { Config } from './config.js';
import type { Database } from './db/database.js';
import type { UnitOfWork } from './db/unit-of-work.js';
import type { EventBus } from './events/event-bus.js';
import type { ClockJumps } from './lib/running/clock-jumps.js';
import type { Clock } from './lib/clock.js';
import type { HealthService } from './lib/health-service.js';
import type { Lifecycle } from './lib/lifecycle.js';
import type { Logger } from './lib/logger.js';

/** What every feature of a server is made with. */
export interface Core {
  config: Config;
  database: Database;
  unitOfWork: UnitOfWork;
  bus: EventBus;
  clock: Clock;
  jumps: ClockJumps;
  logger: Logger;
  lifecycle: Lifecycle;
  health: HealthService;
}
