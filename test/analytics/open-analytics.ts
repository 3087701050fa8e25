import { analyticsFeature } from '../../server/analytics/analytics.feature.js';
import { clicksFeature } from '../../server/clicks/clicks.feature.js';
import type { Database } from '../../server/db/database.js';
import { coreOn } from '../support/core.js';
import { openServices, type SetClock } from '../support/open-services.js';

/** Viewers, clicks and what is summed of them on a real database, put together as the application does, without WhatsApp. */
export function openAnalytics(db: Database, clock: SetClock) {
  const services = openServices(db, clock);
  const { statuses, people, viewers } = services;
  const core = coreOn(db, clock);
  const { analytics, reach, comparison, recorder } = analyticsFeature(core, { statuses, people, viewers });
  const { clicks } = clicksFeature(core, { statuses });
  return { ...services, analytics, reach, comparison, recorder, clicks, clock };
}

export type AnalyticsUnderTest = ReturnType<typeof openAnalytics>;
