import type { Config } from './config.js';
import type { Core } from './core.js';
import type { DatabaseWatch } from './db/database-watch.js';
import { UnitOfWork } from './db/unit-of-work.js';
import { EventBus } from './events/event-bus.js';
import { EventLog } from './events/event-log.js';
import { EventStore } from './events/event-store.js';
import { ClockJumps } from './lib/running/clock-jumps.js';
import { systemClock, type Clock } from './lib/clock.js';
import { HealthService } from './lib/health-service.js';
import { Lifecycle } from './lib/lifecycle.js';
import { createLogger, type Logger } from './lib/logger.js';
import { packageVersion } from './lib/package-version.js';
import { openWatchedDatabase } from './watched-database.js';

export interface OpenedCore {
  core: Core;
  watch: DatabaseWatch;
  events: EventLog;
  eventStore: EventStore;
}

/** Opens the database and makes what all features share. */
export async function openCore(
  config: Config,
  replace: { clock?: Clock | undefined; logger?: Logger | undefined; bus?: EventBus | undefined },
): Promise<OpenedCore> {
  const clock = replace.clock ?? systemClock;
  const logger = replace.logger ?? createLogger(config);
  const lifecycle = new Lifecycle(logger);
  const health = new HealthService({ version: packageVersion(), node: config.nodeName, logger });
  const { database, watch } = await openWatchedDatabase({ config, logger, lifecycle, health });
  const bus = replace.bus ?? new EventBus(logger);
  const eventStore = new EventStore(database);
  const events = new EventLog(eventStore, bus, clock);
  const unitOfWork = new UnitOfWork(database, events);
  const jumps = new ClockJumps(clock);
  const core = { config, database, unitOfWork, bus, clock, jumps, logger, lifecycle, health };
  return { core, watch, events, eventStore };
}
