import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ApiKeys } from './access/api-keys-service.js';
import { ApiKeysStore } from './access/api-keys-store.js';
import { Authenticator } from './access/authenticator.js';
import { SessionDirectoryStore } from './access/session-directory-store.js';
import type { Config } from './config.js';
import { openDatabase, pingDatabase } from './db/database.js';
import { engineOf } from './db/dialect.js';
import { UnitOfWork } from './db/unit-of-work.js';
import { EventBus } from './events/event-bus.js';
import { EventLog } from './events/event-log.js';
import { EventStore } from './events/event-store.js';
import type { Route } from './http/define-route.js';
import { createHttpApp } from './http/http-app.js';
import { HttpServer } from './http/http-server.js';
import { Idempotency } from './http/idempotency.js';
import { IdempotencyStore } from './http/idempotency-store.js';
import { openApiRoute } from './http/openapi.js';
import { systemClock, type Clock } from './lib/clock.js';
import { Lifecycle } from './lib/lifecycle.js';
import { createLogger, type Logger } from './lib/logger.js';
import { projectRoot } from './lib/project-root.js';
import { Sealer } from './lib/sealer.js';
import { databaseHealth } from './monitoring/database-health.js';
import { HealthService } from './monitoring/health-service.js';
import { monitoringRoutes } from './monitoring/monitoring-routes.js';
import { StatsStore } from './monitoring/stats-store.js';
import { RealtimeServer } from './realtime/realtime-server.js';

export interface App {
  /** Listens and brings the sessions back that should run. */
  start(): Promise<void>;
  /** Ends everything within its deadlines. Safe to call twice, and without a start. */
  stop(): Promise<void>;
  /** `http://host:port`, once started. */
  readonly url: string;
  /** Every endpoint below `/api`. */
  readonly routes: readonly Route[];
  /** Resolves when what was begun in the background is done: batches written, queues empty. */
  drain(): Promise<void>;
}

/** What tests and benchmarks may put in place of the real part. */
export interface Replaceable {
  clock: Clock;
  logger: Logger;
  /** Checks every answer against the schema of its route. Off by default: it costs time, and finds only our own bugs. */
  checkAnswers: boolean;
  dashboardDir: string;
  /** Added to the server's own. */
  extraRoutes: readonly Route[];
}

/** Puts the server together. The only place that knows every part; nothing listens until `start`. */
export async function createApp(config: Config, replace: Partial<Replaceable> = {}): Promise<App> {
  const clock = replace.clock ?? systemClock;
  const logger = replace.logger ?? createLogger(config);
  const lifecycle = new Lifecycle(logger);
  const drains: (() => Promise<void>)[] = [];

  const database = await openDatabase({ url: config.databaseUrl?.reveal(), file: config.databaseFile });
  lifecycle.add({ name: 'database', stop: () => database.destroy() });

  const bus = new EventBus(logger);
  const units = new UnitOfWork(database, new EventLog(new EventStore(database), bus, clock));

  const apiKeys = new ApiKeys(new ApiKeysStore(database), units, clock, logger);
  lifecycle.add({ name: 'record of key uses', stop: () => apiKeys.stop() });
  drains.push(() => apiKeys.drain());
  const authenticator = new Authenticator(config.apiKey, apiKeys);

  const health = new HealthService({ version: packageVersion(), node: config.nodeName, logger });
  health.register('database', databaseHealth({ ping: () => pingDatabase(database), engine: engineOf(database) }));

  const describedRoutes: Route[] = [
    ...monitoringRoutes({ health, stats: new StatsStore(database), clock }),
    ...(replace.extraRoutes ?? []),
  ];
  const routes = [...describedRoutes, openApiRoute(describedRoutes)];

  const sealer = new Sealer(config.apiKey.reveal(), 'idempotency');
  let ready = false;
  const http = createHttpApp({
    config,
    logger,
    authenticator,
    directory: new SessionDirectoryStore(database),
    idempotency: new Idempotency(new IdempotencyStore(database), clock, sealer),
    routes,
    isReady: async () => ready && (await pingDatabase(database).then(() => true)),
    dashboardDir: replace.dashboardDir ?? path.join(projectRoot(), 'public', 'dist'),
    checkAnswers: replace.checkAnswers ?? false,
  });
  const server = new HttpServer(http.app, { host: config.host, port: config.port });
  const realtime = new RealtimeServer(server.node, { authenticator, bus, logger, corsOrigins: config.corsOrigins });
  lifecycle.add({ name: 'rate limit', stop: http.stop });
  lifecycle.add({ name: 'web server', start: () => server.start(), stop: () => server.stop() });
  lifecycle.add({
    name: 'live events',
    start: () => {
      realtime.start();
    },
    stop: () => realtime.stop(),
  });

  return {
    async start() {
      await lifecycle.start();
      ready = true;
      logger.info({ url: server.url }, 'server started');
    },
    async stop() {
      ready = false;
      await lifecycle.stop();
      logger.info('server stopped');
    },
    get url() {
      return server.url;
    },
    routes,
    async drain() {
      for (const drain of drains) await drain();
    },
  };
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(path.join(projectRoot(), 'package.json'), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}
