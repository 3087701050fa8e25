import type { Core } from '../core.js';
import type { PeopleService } from '../people/people-service.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import { OldPeopleReportStore } from './old-people-report-store.js';
import { PendingReceiptsStore } from './pending-receipts-store.js';
import { viewersRoutes } from './viewers-routes.js';
import { ViewerTotalsRecorder } from './viewer-totals-recorder.js';
import { ViewerTotalsStore } from './viewer-totals-store.js';
import { ViewersService } from './viewers-service.js';
import { ViewersReportStore } from './viewers-report-store.js';
import { ViewsStore } from './views-store.js';

export interface ViewersNeeds {
  statuses: StatusesService;
  people: PeopleService;
}

/** Who received and saw each post. */
export function viewersFeature({ database, unitOfWork, clock, logger }: Core, { statuses, people }: ViewersNeeds) {
  const views = new ViewsStore();
  const viewers = new ViewersService({
    logger,
    statuses,
    people,
    views,
    viewers: new ViewersReportStore(database),
    pending: new PendingReceiptsStore(),
    old: new OldPeopleReportStore(database),
    unitOfWork,
    clock,
  });
  const totals = new ViewerTotalsRecorder(new ViewerTotalsStore(), views);
  statuses.recipientsForgotten.add((tx, status, personIds) => totals.onRecipientsForgotten(tx, status, personIds));
  viewers.counted.add((tx, scope, changes) => totals.onCounted(tx, scope, changes));
  return { viewers, totals, part: { name: 'viewers', stop: () => viewers.stop() }, routes: viewersRoutes(viewers) };
}
