import type { Core } from '../core.js';
import { PeriodicTask } from '../lib/running/periodic-task.js';
import type { StatusesFeature } from '../statuses/statuses.feature.js';
import type { LinkTracking } from '../contract/clicks.js';
import { ShortAddresses } from '../links/short-addresses.js';
import { ClicksReportStore } from './clicks-report-store.js';
import { clicksRoutes } from './clicks-routes.js';
import { ClicksService } from './clicks-service.js';
import { ClicksStore } from './clicks-store.js';
import { ShortLinks } from './short-links.js';

/** A day that is over is forgotten within this time. */
const forgetEveryMs = 60_000;

/** Short addresses of links in posts: where they lead, and how often they were opened. */
export function clicksFeature(core: Core, { statuses }: Pick<StatusesFeature, 'statuses'>) {
  const { config, database, unitOfWork, clock, logger } = core;
  const report = new ClicksReportStore(database);
  const clicks = new ClicksService({ store: new ClicksStore(), report, statuses, unitOfWork, clock, logger });
  const links = new ShortLinks(report);
  const forgetting = new PeriodicTask({
    name: 'forgetting who clicked',
    everyMs: forgetEveryMs,
    firstAfterMs: 1_000,
    work: () => clicks.forget(),
    logger,
  });
  return {
    clicks,
    shortLinks: {
      isKept: (code: string) => links.isKept(code),
      find: (code: string) => links.find(code),
      opened: (...opened: Parameters<ClicksService['opened']>) => clicks.opened(...opened),
    },
    parts: [{ name: 'clicks', stop: () => clicks.stop() }, forgetting],
    routes: clicksRoutes(clicks, linkTrackingOf(config)),
  };
}

function linkTrackingOf({ publicAddress, links: { track, utm } }: Core['config']): LinkTracking {
  const { whyNone } = new ShortAddresses(publicAddress);
  const isPossible = whyNone === undefined;
  return {
    isPossible,
    reason: whyNone ?? null,
    byDefault: isPossible && track,
    utm: Object.keys(utm).length === 0 ? null : utm,
  };
}
