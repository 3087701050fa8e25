import { ApiKeys } from './access/api-keys-service.js';
import { ApiKeysStore } from './access/api-keys-store.js';
import { Authenticator } from './access/authenticator.js';
import { Callers } from './access/callers.js';
import { KeyRateLimits } from './access/key-rate-limits.js';
import { keysRoutes } from './access/keys-routes.js';
import { KeysService } from './access/keys-service.js';
import { LoginsService } from './access/logins-service.js';
import { organizationsRoutes } from './access/organizations-routes.js';
import { OrganizationsService } from './access/organizations-service.js';
import { OrganizationsStore } from './access/organizations-store.js';
import type { Quotas } from './access/quotas.js';
import { SessionDirectoryStore } from './access/session-directory-store.js';
import { SignInCookie } from './access/sign-in-cookie.js';
import { signInRoutes } from './access/sign-in-routes.js';
import { SignIns } from './access/sign-ins-service.js';
import { SignInsStore } from './access/sign-ins-store.js';
import { TokenVerifier } from './access/token-verifier.js';
import type { Config } from './config.js';
import type { Database } from './db/database.js';
import type { UnitOfWork } from './db/unit-of-work.js';
import type { Route } from './http/define-route.js';
import type { Clock } from './lib/clock.js';
import type { Lifecycle, Part } from './lib/lifecycle.js';
import type { Logger } from './lib/logger.js';
import { PeriodicTasks } from './lib/running/periodic-task.js';
import type { RealtimeServer } from './realtime/realtime-server.js';

export interface AccessPartsNeeds {
  config: Config;
  database: Database;
  units: UnitOfWork;
  quotas: Quotas;
  clock: Clock;
  logger: Logger;
  lifecycle: Lifecycle;
  /** The live connections, once they are there. */
  live: () => RealtimeServer;
}

/** How long a key or sign-in that another process ended may keep its live connections. */
const endedElsewhereIntervalMs = 1_000;

/** Who may do what, and by which key, login or sign-in: the parts of the server that know it, put together. */
export function createAccessParts({
  config,
  database,
  units,
  quotas,
  clock,
  logger,
  lifecycle,
  live,
}: AccessPartsNeeds) {
  const keysStore = new ApiKeysStore(database);
  const organizationsStore = new OrganizationsStore(database);
  const directory = new SessionDirectoryStore(database);
  const apiKeys = new ApiKeys(keysStore, units, clock, logger);
  lifecycle.add({ name: 'record of key uses', stop: () => apiKeys.stop() });
  const organizations = new OrganizationsService({
    organizations: organizationsStore,
    keys: keysStore,
    quotas,
    unitOfWork: units,
    clock,
    onDeleted: (organizationId) => {
      live().dropOrganization(organizationId);
    },
  });
  const keyRateLimits = new KeyRateLimits(keysStore, clock);
  const keys = new KeysService({
    keys: keysStore,
    organizations: organizationsStore,
    directory,
    quotas,
    unitOfWork: units,
    clock,
    onChanged: (keyId) => {
      keyRateLimits.forget();
      live().reviewKey(keyId);
    },
    onRevoked: (keyId) => {
      keyRateLimits.forget();
      live().dropKey(keyId);
    },
  });
  const logins =
    config.jwt &&
    new LoginsService({
      ...config.jwt,
      verifier: new TokenVerifier({ ...config.jwt, clock, logger }),
      organizations,
    });
  const signIns = new SignIns({
    store: new SignInsStore(database),
    apiKeys,
    unitOfWork: units,
    clock,
    logger,
    rootKey: config.apiKey,
    takesPeople: logins !== null,
    onEnded: (signInIds) => {
      for (const signInId of signInIds) live().dropSignIn(signInId);
    },
  });
  lifecycle.add({ name: 'record of sign-ins', stop: () => signIns.stop() });
  const cookie = new SignInCookie(config.publicAddress);
  const callers = new Callers({
    authenticator: new Authenticator(config.apiKey, apiKeys, logins ?? undefined),
    signIns,
    cookie,
    publicOrigin: config.publicAddress?.origin,
  });
  const routes: Route[] = [
    ...keysRoutes(keys),
    ...organizationsRoutes(organizations),
    ...signInRoutes(signIns, cookie),
  ];
  return {
    apiKeys,
    callers,
    signIns,
    directory,
    keyRateLimits,
    routes,
    async drain() {
      await apiKeys.drain();
      await signIns.drain();
    },
    /** Ends live connections whose key or sign-in another process has ended. */
    endingElsewhere(): Part {
      const task = new PeriodicTasks({
        name: 'live connections',
        everyMs: endedElsewhereIntervalMs,
        works: {
          'of ended keys': async () => {
            for (const keyId of await apiKeys.listEnded(live().connectedKeyIds)) live().dropKey(keyId);
          },
          'of ended sign-ins': async () => {
            for (const signInId of await signIns.listEnded(live().connectedSignInIds)) live().dropSignIn(signInId);
          },
        },
        logger,
      });
      return { name: task.name, start: () => task.start(), stop: () => task.stop() };
    },
  };
}
