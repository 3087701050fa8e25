import type { Core } from '../core.js';
import { PeriodicTask } from '../lib/running/periodic-task.js';
import type { PeopleService } from '../people/people-service.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import type { ViewersService } from '../viewers/viewers-service.js';
import { ActivityRecorder } from './activity-recorder.js';
import { ActivityStore } from './activity-store.js';
import { AnalyticsNotes } from './analytics-notes.js';
import { AnalyticsReportStore } from './analytics-report-store.js';
import { analyticsRoutes } from './analytics-routes.js';
import { AnalyticsService } from './analytics-service.js';
import { postComparisonRoutes } from './post-comparison-routes.js';
import { PostComparisonService } from './post-comparison-service.js';
import { ReachReportStore } from './reach-report-store.js';
import { reachRoutes } from './reach-routes.js';
import { ReachService } from './reach-service.js';
import { viewingPeopleFeature } from './viewing-people.feature.js';

export interface AnalyticsNeeds {
  statuses: StatusesService;
  people: PeopleService;
  viewers: Pick<ViewersService, 'counted'>;
}

/** Sums of what people did with posts, kept as it is counted, and what they say. */
export function analyticsFeature(core: Core, { statuses, people, viewers }: AnalyticsNeeds) {
  const { database, unitOfWork, clock, logger } = core;
  const recorder = new ActivityRecorder({ store: new ActivityStore(database), people, unitOfWork });
  viewers.counted.add((tx, scope, changes) => recorder.record(tx, scope, changes));
  const catchingUp = new PeriodicTask({
    name: 'adding up older views',
    everyMs: 60_000,
    firstAfterMs: 1_000,
    // Millions of views take minutes.
    longMs: 60 * 60_000,
    work: () => recorder.catchUp(),
    logger,
  });
  const part = {
    name: catchingUp.name,
    start: () => catchingUp.start(),
    stop: () => {
      recorder.stop();
      return catchingUp.stop();
    },
  };
  const store = new AnalyticsReportStore(database);
  const notes = new AnalyticsNotes(store);
  const analytics = new AnalyticsService({ store, notes, statuses, clock });
  const reach = new ReachService({ store: new ReachReportStore(database), notes, clock });
  const comparison = new PostComparisonService({ store, notes, clock });
  const routes = [
    ...analyticsRoutes(analytics),
    ...reachRoutes(reach),
    ...postComparisonRoutes(comparison),
    ...viewingPeopleFeature(core).routes,
  ];
  return { recorder, analytics, reach, comparison, part, routes };
}
