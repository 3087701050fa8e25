import type { ApiKeys } from '../access/api-keys-service.js';
import type { Quotas } from '../access/quotas.js';
import { AccountsHealth } from './accounts-health.js';
import { LinkingService } from './linking-service.js';
import { RunningSessions, type RunningSessionsParts } from './running-sessions.js';
import { SessionsService } from './sessions-service.js';

export interface SessionsParts extends RunningSessionsParts {
  apiKeys: Pick<ApiKeys, 'createForSession'>;
  quotas: Quotas;
}

/** The accounts of a server, put together: those it runs, their codes, their records, their health. */
export function createSessions(parts: SessionsParts) {
  const { store, apiKeys, ownership, quotas, gateway, unitOfWork, bus, clock } = parts;
  const running = new RunningSessions(parts);
  const linking = new LinkingService({ store, ownership, gateway, bus, running });
  const sessions = new SessionsService({ store, apiKeys, ownership, running, linking, quotas, unitOfWork, clock });
  return { running, linking, sessions, accounts: new AccountsHealth(store, running) };
}
