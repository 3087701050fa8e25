import { loadConfig } from '../../server/config.js';
import type { Core } from '../../server/core.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { EventLog } from '../../server/events/event-log.js';
import { EventStore } from '../../server/events/event-store.js';
import type { Clock } from '../../server/lib/clock.js';
import { HealthService } from '../../server/lib/health-service.js';
import { Lifecycle } from '../../server/lib/lifecycle.js';
import { createLogger, type Logger } from '../../server/lib/logger.js';
import { ClockJumps } from '../../server/lib/running/clock-jumps.js';

/** What features are made with, on a database of the test's own. Nothing of it starts by itself. */
export function coreOn(database: Database, clock: Clock, logger: Logger = createLogger({ logLevel: 'silent' })): Core {
  const bus = new EventBus(logger);
  return {
    config: loadConfig({ API_KEY: 'only-for-this-core' }),
    database,
    unitOfWork: new UnitOfWork(database, new EventLog(new EventStore(database), bus, clock)),
    bus,
    clock,
    jumps: new ClockJumps(clock),
    logger,
    lifecycle: new Lifecycle(logger),
    health: new HealthService({ version: '0', node: 'one', logger }),
  };
}
