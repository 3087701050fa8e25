import type { Core } from '../core.js';
import type { Route } from '../http/define-route.js';
import { PersonExportService } from './person-export-service.js';
import { PersonReportStore } from './person-report-store.js';
import { privacyRoutes } from './privacy-routes.js';

/** What is kept of single people. */
export function privacyFeature({ database, clock }: Core): { routes: Route[] } {
  return { routes: privacyRoutes(new PersonExportService(new PersonReportStore(database), clock)) };
}
