import type { Core } from '../core.js';
import type { Route } from '../http/define-route.js';
import { type AccountsHealth, monitoringRoutes } from './monitoring-routes.js';
import { StatsReportStore } from './stats-report-store.js';
import { StorageReportStore } from './storage-report-store.js';
import { StorageService } from './storage-service.js';

/** Health, totals and what is stored. */
export function monitoringFeature({ database, health, clock }: Core, accounts: AccountsHealth): { routes: Route[] } {
  const stats = new StatsReportStore(database);
  const storage = new StorageService(new StorageReportStore(database));
  return { routes: monitoringRoutes({ health, accounts, stats, storage, clock }) };
}
