import { analyticsFeature } from '../../server/analytics/analytics.feature.js';
import type { Database } from '../../server/db/database.js';
import { coreOn } from '../support/core.js';
import { openServices, type SetClock } from '../support/open-services.js';

/** Viewers and what is summed of them on a real database, put together as the application does, without WhatsApp. */
export function openAnalytics(db: Database, clock: SetClock) {
  const services = openServices(db, clock);
  const { statuses, people, viewers } = services;
  const { analytics, recorder } = analyticsFeature(coreOn(db, clock), { statuses, people, viewers });
  return { ...services, analytics, recorder };
}

export type AnalyticsUnderTest = ReturnType<typeof openAnalytics>;
