import type { Core } from '../core.js';
import type { Route } from '../http/define-route.js';
import { ViewingPeopleReportStore } from './viewing-people-report-store.js';
import { viewingPeopleRoutes } from './viewing-people-routes.js';
import { ViewingPeopleService } from './viewing-people-service.js';

/** Who of an account's people is loyal, new or lost. */
export function viewingPeopleFeature({ database }: Core): { routes: Route[] } {
  return { routes: viewingPeopleRoutes(new ViewingPeopleService(new ViewingPeopleReportStore(database))) };
}
