import type { AgingKind } from '../contract/storage.js';
import type { Core } from '../core.js';
import type { Route } from '../http/define-route.js';
import { type AccountsHealth, monitoringRoutes } from './monitoring-routes.js';
import { OrganizationStorageReportStore } from './organization-storage-report-store.js';
import { StatsReportStore } from './stats-report-store.js';
import { StorageReportStore } from './storage-report-store.js';
import { StorageService } from './storage-service.js';

/** Health, totals and what is stored. */
export function monitoringFeature(
  { config, database, health, clock }: Core,
  accounts: AccountsHealth,
): { routes: Route[] } {
  const stats = new StatsReportStore(database);
  const storage = new StorageService(
    new StorageReportStore(database),
    new OrganizationStorageReportStore(database),
    keptDaysOf(config),
  );
  return { routes: monitoringRoutes({ health, accounts, stats, storage, clock }) };
}

const dayMs = 24 * 60 * 60_000;

function keptDaysOf({ keep, keepUnusedUploadsMs }: Core['config']): Record<AgingKind, number | null> {
  const days = (ms: number): number | null => (ms === Infinity ? null : ms / dayMs);
  return {
    posts: days(keep.postsMs),
    viewers: days(keep.viewersMs),
    replies: days(keep.repliesMs),
    replyFiles: days(keep.replyFilesMs),
    events: days(keep.eventsMs),
    unknownReceipts: days(keep.unknownReceiptsMs),
    erasures: days(keep.erasuresMs),
    unusedFiles: keepUnusedUploadsMs === 0 ? null : days(keepUnusedUploadsMs),
  };
}
