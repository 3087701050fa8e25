import type { Principal } from '../access/principal.js';
import { pageQuerySchema } from '../contract/envelope.js';
import { type AccountHealth, healthSchema, statsSchema } from '../contract/monitoring.js';
import { organizationStorageSchema, sessionStorageSchema } from '../contract/storage.js';
import { defineRoute, type Route } from '../http/define-route.js';
import { troubleBehind } from '../lib/database-trouble.js';
import type { Clock } from '../lib/clock.js';
import type { HealthService } from '../lib/health-service.js';
import type { StatsReportStore } from './stats-report-store.js';
import type { StorageService } from './storage-service.js';

/** How single accounts work, as far as somebody may see them. */
export interface AccountsHealth {
  accountsHealth(principal: Principal, limit: number): Promise<AccountHealth[]>;
  /** How many of them wait in this process for their turn to connect. */
  accountsToStart(principal: Principal): number;
}

const mostAccounts = 500;

export function monitoringRoutes(services: {
  health: HealthService;
  accounts: AccountsHealth;
  stats: StatsReportStore;
  storage: StorageService;
  clock: Clock;
}): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/health',
      tag: 'Monitoring',
      summary: 'How each part of the server is, and each account that the key may see',
      description:
        '200 also where something is wrong: `status` says so, and each part in words. `/readyz` at the root answers 503 instead. ' +
        'While the database cannot be used, no accounts are listed.',
      access: { capability: 'read', on: 'visible' },
      response: { status: 200, data: healthSchema },
      handler: async ({ principal }) => ({
        ...(await services.health.check()),
        accountsToStart: services.accounts.accountsToStart(principal),
        accounts: await accountsOf(services.accounts, principal),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/stats',
      tag: 'Monitoring',
      summary: 'Totals over everything that this key may see',
      description: 'Sessions, statuses, views and people.',
      endsWithCaller: true,
      access: { capability: 'read', on: 'visible' },
      response: { status: 200, data: statsSchema },
      handler: ({ principal }) => services.stats.totals(principal, services.clock.now()),
    }),
    defineRoute({
      method: 'get',
      path: '/storage',
      tag: 'Monitoring',
      summary: 'How much each session that this key may see has stored',
      description: 'Rows and bytes, in the database by kind and in files. Oldest session first.',
      access: { capability: 'read', on: 'visible' },
      query: pageQuerySchema,
      response: { status: 200, page: sessionStorageSchema },
      handler: ({ principal, query }) => services.storage.list(principal, query),
    }),
    defineRoute({
      method: 'get',
      path: '/storage/organization',
      tag: 'Monitoring',
      summary: 'What the organization has stored beside its sessions, and how long things are kept',
      description:
        'Rows and bytes of what belongs to no single session, the files of the library and those of no session, and after how many ' +
        'days each kind is forgotten.',
      endsWithCaller: true,
      access: { capability: 'read', on: 'organization' },
      response: { status: 200, data: organizationStorageSchema },
      handler: ({ principal }) => services.storage.ofOrganization(principal),
    }),
  ];
}

/** Health is asked for most when something is wrong: the database's own part says why no account is listed. */
async function accountsOf(accounts: AccountsHealth, principal: Principal): Promise<AccountHealth[]> {
  try {
    return await accounts.accountsHealth(principal, mostAccounts);
  } catch (error) {
    if (troubleBehind(error)) return [];
    throw error;
  }
}
