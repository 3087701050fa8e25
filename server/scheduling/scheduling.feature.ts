import type { Quotas } from '../access/quotas.js';
import type { AudiencesService } from '../audiences/audiences-service.js';
import type { Core } from '../core.js';
import { sweeping } from '../lib/running/sweeping.js';
import type { FileUses } from '../media/file-uses.js';
import type { UploadsService } from '../media/uploads-service.js';
import type { PeopleService } from '../people/people-service.js';
import type { SessionsService } from '../sessions/sessions-service.js';
import type { StatusesFeature } from '../statuses/statuses.feature.js';
import type { WhatsAppGateway } from '../whatsapp/gateway.js';
import { calendarRoutes } from './calendar-routes.js';
import { CalendarService } from './calendar-service.js';
import { CalendarReportStore } from './calendar-report-store.js';
import { DueStatuses } from './due-statuses.js';
import { DueReportStore } from './due-report-store.js';
import { ScheduleRunner } from './schedule-runner.js';
import { schedulesRoutes } from './schedules-routes.js';
import { SchedulesService } from './schedules-service.js';
import { SchedulesStore } from './schedules-store.js';
import { seriesRoutes } from './series-routes.js';
import { SeriesService } from './series-service.js';

export interface SchedulingNeeds {
  sessions: Pick<SessionsService, 'get'>;
  gateway: Pick<WhatsAppGateway, 'isLinked'>;
  people: PeopleService;
  audiences: Pick<AudiencesService, 'resolve'>;
  statuses: StatusesFeature;
  files: Pick<UploadsService, 'load'>;
  fileUses: FileUses;
  quotas: Quotas;
}

const dueIntervalMs = 1_000;
const sweepIntervalMs = 500;

/** What goes out later: what is due, what follows another post, and what comes again. */
export function schedulingFeature(core: Core, needs: SchedulingNeeds) {
  const { database, unitOfWork, bus, clock, logger, lifecycle } = core;
  const { sessions, gateway, people, audiences, files, fileUses, quotas } = needs;
  const { statuses, accepting, steps, contents } = needs.statuses;
  const dueStatuses = new DueStatuses({
    statuses,
    steps,
    people,
    sessions,
    audiences,
    gateway,
    clock,
    logger,
    due: new DueReportStore(database),
    unitOfWork,
  });
  // What is too late after a time without a server must not go out before anybody looked.
  lifecycle.add(
    sweeping({ name: 'planned statuses', everyMs: dueIntervalMs, runner: dueStatuses, logger, isFirst: true }),
  );

  const store = new SchedulesStore(database);
  const schedules = new SchedulesService({ store, sessions, accepting, fileUses, quotas, unitOfWork, clock });
  const runner = new ScheduleRunner(store, accepting, unitOfWork, clock, logger);
  lifecycle.add(sweeping({ name: 'planning: schedules', everyMs: sweepIntervalMs, runner, logger }));
  const series = new SeriesService({ accepting, contents, statuses, steps, bus, clock, unitOfWork });
  const calendar = new CalendarService({ sessions, files, schedules: store, store: new CalendarReportStore(database) });
  return {
    due: dueStatuses,
    schedules,
    runner,
    store,
    series,
    seriesRoutes: seriesRoutes(series),
    schedulesRoutes: schedulesRoutes(schedules),
    calendarRoutes: calendarRoutes(calendar),
  };
}
