import type { Principal } from '../access/principal.js';
import { type AccountHealth, healthSchema, statsSchema } from '../contract/monitoring.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { Clock } from '../lib/clock.js';
import type { HealthService } from './health-service.js';
import type { StatsStore } from './stats-store.js';

/** How single accounts work, as far as somebody may see them. */
export interface AccountsHealth {
  accountsHealth(principal: Principal, limit: number): Promise<AccountHealth[]>;
}

const mostAccounts = 500;

export function monitoringRoutes(services: {
  health: HealthService;
  accounts: AccountsHealth;
  stats: StatsStore;
  clock: Clock;
}): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/health',
      tag: 'Monitoring',
      summary: 'How each part of the server is, and each account that the key may see',
      description:
        '200 also where something is wrong: `status` says so, and each part in words. `/readyz` at the root answers 503 instead.',
      access: { capability: 'read', on: 'visible' },
      response: { status: 200, data: healthSchema },
      handler: async ({ principal }) => ({
        ...(await services.health.check()),
        accounts: await services.accounts.accountsHealth(principal, mostAccounts),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/stats',
      tag: 'Monitoring',
      summary: 'Totals over everything that this key may see',
      description: 'Sessions, statuses, views and people.',
      access: { capability: 'read', on: 'visible' },
      response: { status: 200, data: statsSchema },
      handler: ({ principal }) => services.stats.totals(principal, services.clock.now()),
    }),
  ];
}
