import { healthSchema, statsSchema } from '../contract/monitoring.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { Clock } from '../lib/clock.js';
import type { HealthService } from './health-service.js';
import type { StatsStore } from './stats-store.js';

export function monitoringRoutes(services: { health: HealthService; stats: StatsStore; clock: Clock }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/health',
      tag: 'Monitoring',
      summary: 'How each part of the server is',
      access: { capability: 'read', on: 'visible' },
      response: { status: 200, data: healthSchema },
      handler: () => services.health.check(),
    }),
    defineRoute({
      method: 'get',
      path: '/stats',
      tag: 'Monitoring',
      summary: 'Totals over everything that this key may see',
      access: { capability: 'read', on: 'visible' },
      response: { status: 200, data: statsSchema },
      handler: ({ principal }) => services.stats.totals(principal, services.clock.now()),
    }),
  ];
}
