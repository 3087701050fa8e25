import { ApiKeys } from './api-keys-service.js';
import { ApiKeysStore } from './api-keys-store.js';
import { Authenticator } from './authenticator.js';
import { Callers } from './callers.js';
import { KeyRateLimits } from './key-rate-limits.js';
import { keysRoutes } from './keys-routes.js';
import { KeysService } from './keys-service.js';
import { LoginsService } from './logins-service.js';
import { organizationsRoutes } from './organizations-routes.js';
import { OrganizationsService } from './organizations-service.js';
import { OrganizationsStore } from './organizations-store.js';
import { Quotas } from './quotas.js';
import { SessionDirectoryReportStore } from './session-directory-report-store.js';
import { SignInCookie } from './sign-in-cookie.js';
import { signInRoutes } from './sign-in-routes.js';
import { SignIns } from './sign-ins-service.js';
import { SignInsStore } from './sign-ins-store.js';
import { TokenVerifier } from './token-verifier.js';
import type { Core } from '../core.js';
import type { Route } from '../http/define-route.js';
import { Hook } from '../lib/hook.js';
import { PeriodicTasks } from '../lib/running/periodic-task.js';

/** The live connections, as keys and sign-ins that end concern them. */
export interface LiveConnections {
  readonly connectedKeyIds: readonly string[];
  readonly connectedSignInIds: readonly string[];
  dropKey(keyId: string): void;
  dropSignIn(signInId: string): void;
}

/** How long a key or sign-in that another process ended may keep its live connections. */
const endedElsewhereIntervalMs = 1_000;

/** Who may do what, and by which key, login or sign-in. */
export function accessFeature({ config, database, unitOfWork, clock, logger, lifecycle }: Core) {
  const quotas = new Quotas(config.quotas);
  const hooks = {
    keyChanged: new Hook<[keyId: string]>(),
    keyRevoked: new Hook<[keyId: string]>(),
    signInEnded: new Hook<[signInId: string]>(),
    organizationDeleted: new Hook<[organizationId: string]>(),
  };
  const keysStore = new ApiKeysStore(database);
  const organizationsStore = new OrganizationsStore(database);
  const directory = new SessionDirectoryReportStore(database);
  const apiKeys = new ApiKeys(keysStore, unitOfWork, clock, logger);
  lifecycle.add({ name: 'record of key uses', stop: () => apiKeys.stop() });
  const organizations = new OrganizationsService({
    organizations: organizationsStore,
    keys: keysStore,
    quotas,
    unitOfWork,
    clock,
    onDeleted: (organizationId) => void hooks.organizationDeleted.run(organizationId),
  });
  const keyRateLimits = new KeyRateLimits(keysStore, clock);
  const keys = new KeysService({
    keys: keysStore,
    organizations: organizationsStore,
    directory,
    quotas,
    unitOfWork,
    clock,
    onChanged: (keyId) => {
      keyRateLimits.forget();
      void hooks.keyChanged.run(keyId);
    },
    onRevoked: (keyId) => {
      keyRateLimits.forget();
      void hooks.keyRevoked.run(keyId);
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
    unitOfWork,
    clock,
    logger,
    rootKey: config.apiKey,
    takesPeople: logins !== null,
    onEnded: (signInIds) => {
      for (const signInId of signInIds) void hooks.signInEnded.run(signInId);
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
    quotas,
    apiKeys,
    callers,
    signIns,
    directory,
    keyRateLimits,
    hooks,
    routes,
    async drain() {
      await apiKeys.drain();
      await signIns.drain();
    },
    /** Ends live connections whose key or sign-in another process has ended. */
    endingElsewhere(live: LiveConnections): PeriodicTasks {
      return new PeriodicTasks({
        name: 'live connections',
        everyMs: endedElsewhereIntervalMs,
        works: {
          'of ended keys': async () => {
            for (const keyId of await apiKeys.listEnded(live.connectedKeyIds)) live.dropKey(keyId);
          },
          'of ended sign-ins': async () => {
            for (const signInId of await signIns.listEnded(live.connectedSignInIds)) live.dropSignIn(signInId);
          },
        },
        logger,
      });
    },
  };
}
