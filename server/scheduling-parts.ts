import type { Quotas } from './access/quotas.js';
import type { Database } from './db/database.js';
import type { UnitOfWork } from './db/unit-of-work.js';
import type { EventBus } from './events/event-bus.js';
import type { Route } from './http/define-route.js';
import type { Clock } from './lib/clock.js';
import type { Lifecycle } from './lib/lifecycle.js';
import type { Logger } from './lib/logger.js';
import { PeriodicTasks } from './lib/running/periodic-task.js';
import { BroadcastRunner } from './broadcasts/broadcast-runner.js';
import { broadcastsRoutes } from './broadcasts/broadcasts-routes.js';
import { BroadcastsService, type SessionsOfBroadcasts } from './broadcasts/broadcasts-service.js';
import { BroadcastsStore } from './broadcasts/broadcasts-store.js';
import { calendarRoutes } from './scheduling/calendar-routes.js';
import { CalendarService } from './scheduling/calendar-service.js';
import { CalendarStore } from './scheduling/calendar-store.js';
import { draftsRoutes } from './drafts/drafts-routes.js';
import { DraftsService, type FilesOfDrafts } from './drafts/drafts-service.js';
import { DraftsStore } from './drafts/drafts-store.js';
import { ScheduleRunner } from './scheduling/schedule-runner.js';
import { schedulesRoutes } from './scheduling/schedules-routes.js';
import { SchedulesService, type FilesOfSchedules } from './scheduling/schedules-service.js';
import { SchedulesStore } from './scheduling/schedules-store.js';
import { templatesRoutes } from './templates/templates-routes.js';
import { TemplatesService, type FilesOfTemplates } from './templates/templates-service.js';
import { TemplatesStore } from './templates/templates-store.js';
import type { StatusChangesService } from './statuses/status-changes-service.js';
import type { StatusesService } from './statuses/statuses-service.js';

export interface SchedulingPartsNeeds {
  database: Database;
  units: UnitOfWork;
  quotas: Quotas;
  bus: EventBus;
  clock: Clock;
  logger: Logger;
  lifecycle: Lifecycle;
  sessions: SessionsOfBroadcasts;
  statuses: StatusesService;
  changes: StatusChangesService;
  files: FilesOfSchedules & FilesOfTemplates & FilesOfDrafts;
}

const sweepIntervalMs = 500;

/** What comes again: the parts of the server that see to it, put together. */
export function createSchedulingParts(needs: SchedulingPartsNeeds): { routes: Route[] } {
  const { database, units, quotas, bus, clock, logger, lifecycle, sessions, statuses, changes, files } = needs;
  const store = new SchedulesStore(database);
  const schedules = new SchedulesService({ store, sessions, statuses, files, quotas, unitOfWork: units, clock });
  const broadcastsStore = new BroadcastsStore(database);
  const broadcasts = new BroadcastsService({
    ...{ sessions, statuses, changes, files, quotas, unitOfWork: units, bus, clock, store: broadcastsStore },
  });
  const broadcastRunner = new BroadcastRunner({
    ...{ store: broadcastsStore, files, statuses, unitOfWork: units, clock, logger },
  });
  const runner = new ScheduleRunner(store, statuses, units, clock, logger);
  const sweeping = new PeriodicTasks({
    name: 'planning',
    everyMs: sweepIntervalMs,
    patienceMs: sweepIntervalMs,
    works: { schedules: () => runner.sweep(), broadcasts: () => broadcastRunner.sweep() },
    logger,
  });
  lifecycle.add({
    name: sweeping.name,
    start: () => {
      sweeping.start();
    },
    stop: async () => {
      await sweeping.stop();
      await Promise.all([runner.stop(), broadcastRunner.stop()]);
    },
  });
  const templates = new TemplatesService(new TemplatesStore(database), files, units, clock, quotas);
  const drafts = new DraftsService(new DraftsStore(database), files, units, clock, quotas);
  const calendar = new CalendarService({ sessions, files, schedules: store, store: new CalendarStore(database) });
  return {
    routes: [
      ...schedulesRoutes(schedules),
      ...broadcastsRoutes(broadcasts),
      ...templatesRoutes(templates),
      ...draftsRoutes(drafts),
      ...calendarRoutes(calendar),
    ],
  };
}
