import path from 'node:path';
import type { Callers } from '../access/callers.js';
import type { KeyRateLimits } from '../access/key-rate-limits.js';
import type { SessionDirectory } from '../access/access-rule.js';
import type { Quotas } from '../access/quotas.js';
import type { Core } from '../core.js';
import { projectRoot } from '../lib/project-root.js';
import { Sealer } from '../lib/sealer.js';
import type { Route } from './define-route.js';
import { createHttpApp } from './http-app.js';
import { HttpServer } from './http-server.js';
import { Idempotency } from './idempotency.js';
import { IdempotencyStore } from './idempotency-store.js';
import { openApiRoute } from './openapi/openapi.js';
import type { ShortLink, ShortLinks } from './short-links.js';
import type { ResumableFiles } from './uploads/resumable-files.js';

export interface HttpNeeds<L extends ShortLink> {
  callers: Callers;
  keyRateLimits: KeyRateLimits;
  directory: SessionDirectory;
  quotas: Quotas;
  resumable: ResumableFiles;
  shortLinks: ShortLinks<L>;
  routes: readonly Route[];
  isReady: () => Promise<boolean>;
  dashboardDir: string | undefined;
  checkAnswers: boolean | undefined;
}

/** The API and the dashboard's files, on one port. */
export function httpFeature<L extends ShortLink>(
  { config, database, unitOfWork, clock, logger }: Core,
  needs: HttpNeeds<L>,
) {
  const { callers, keyRateLimits, directory, quotas, resumable, shortLinks, isReady } = needs;
  const idempotency = new Idempotency({
    store: new IdempotencyStore(database),
    unitOfWork,
    quotas,
    clock,
    sealer: new Sealer(config.apiKey.reveal(), 'idempotency'),
  });
  const openApi = openApiRoute(path.join(projectRoot(), 'docs', 'generated', 'openapi.json'));
  const routes = [...needs.routes, openApi];
  const http = createHttpApp({
    config,
    logger,
    callers,
    keyRateLimits,
    directory,
    idempotency,
    routes,
    isReady,
    resumable,
    shortLinks,
    dashboardDir: needs.dashboardDir ?? path.join(projectRoot(), 'public', 'dist'),
    checkAnswers: needs.checkAnswers ?? false,
  });
  const { host, port, maxUploadBytes: largestBodyBytes } = config;
  const server = new HttpServer(http.app, {
    host,
    port,
    largestBodyBytes,
    publicPath: config.publicAddress?.path ?? '',
    isBehindProxy: config.trustProxy > 0,
  });
  return {
    idempotency,
    server,
    routes,
    parts: {
      idempotency: { name: 'idempotency keys', stop: () => idempotency.stop() },
      rateLimit: { name: 'rate limit', stop: http.stop },
      server: { name: 'web server', start: () => server.start(), stop: () => server.stop() },
    },
  };
}
