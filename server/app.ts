import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createAccessParts } from './access-parts.js';
import { Quotas } from './access/quotas.js';
import { createAudienceParts } from './audience-parts.js';
import type { Config } from './config.js';
import { AddressBooksStore } from './contacts/address-books-store.js';
import { ChatsStore } from './contacts/chats-store.js';
import { contactsRoutes } from './contacts/contacts-routes.js';
import { ContactsService } from './contacts/contacts-service.js';
import { ContactsStore } from './contacts/contacts-store.js';
import { authKeyFile, openWatchedDatabase } from './database-parts.js';
import { UnitOfWork } from './db/unit-of-work.js';
import { EventBus } from './events/event-bus.js';
import { eventTail } from './events-parts.js';
import { EventLog } from './events/event-log.js';
import { EventStore } from './events/event-store.js';
import type { Route } from './http/define-route.js';
import { createHttpApp } from './http/http-app.js';
import { HttpServer } from './http/http-server.js';
import { Idempotency } from './http/idempotency.js';
import { IdempotencyStore } from './http/idempotency-store.js';
import { openApiRoute } from './http/openapi/openapi.js';
import { ClockJumps } from './lib/clock-jumps.js';
import { systemClock, type Clock } from './lib/clock.js';
import { Lifecycle } from './lib/lifecycle.js';
import { createLogger, type Logger } from './lib/logger.js';
import { packageVersion } from './lib/package-version.js';
import { PeriodicTasks } from './lib/running/periodic-task.js';
import { projectRoot } from './lib/project-root.js';
import { Sealer } from './lib/sealer.js';
import { createMediaParts } from './media-parts.js';
import { HealthService } from './monitoring/health-service.js';
import { monitoringRoutes } from './monitoring/monitoring-routes.js';
import { StatsStore } from './monitoring/stats-store.js';
import { createOutboundParts } from './outbound-parts.js';
import { PeopleService } from './people/people-service.js';
import { PeopleStore } from './people/people-store.js';
import { createPreparingParts } from './preparing-parts.js';
import { createPostingParts, takingUpStatuses, type PostingParts } from './posting-parts.js';
import { RealtimeServer } from './realtime/realtime-server.js';
import { createSchedulingParts } from './scheduling-parts.js';
import { Ownership } from './sessions/ownership.js';
import { OwnershipStore } from './sessions/ownership-store.js';
import { createSessions } from './sessions/create-sessions.js';
import { sessionsRoutes } from './sessions/sessions-routes.js';
import { SessionsStore } from './sessions/sessions-store.js';
import { RecipientsStore } from './statuses/recipients-store.js';
import { SlotsService } from './slots/slots-service.js';
import { SlotsStore } from './slots/slots-store.js';
import { StatusExpiry, expiringStatuses } from './posting/status-expiry.js';
import { audiencePreviewRoutes } from './posting/audience-preview-routes.js';
import { statusesRoutes } from './statuses/statuses-routes.js';
import { StatusesService } from './statuses/statuses-service.js';
import { StatusesStore } from './statuses/statuses-store.js';
import { PendingReceiptsStore } from './viewers/pending-receipts-store.js';
import { viewersRoutes } from './viewers/viewers-routes.js';
import { ViewersService } from './viewers/viewers-service.js';
import { ViewersStore } from './viewers/viewers-store.js';
import { ViewsStore } from './viewers/views-store.js';
import { AccountFormsStore } from './whatsapp/address-book/account-forms-store.js';
import { createAuthCipher, loadAuthKey } from './whatsapp/credentials/auth-cipher.js';
import { AuthStore } from './whatsapp/credentials/auth-store.js';
import { createBaileysGateway } from './whatsapp/baileys-gateway.js';
import { RecipientDevicesStore } from './whatsapp/publishing/recipient-devices-store.js';
import { SentMessagesStore } from './whatsapp/publishing/sent-messages-store.js';
import { WebVersionStore } from './whatsapp/connection/web-version-store.js';
import { type FetchWebVersion, fetchWebVersion } from './whatsapp/connection/web-versions.js';

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
  bus: EventBus;
  /** Checks every answer against the schema of its route. Off by default: it costs time, and finds only our own bugs. */
  checkAnswers: boolean;
  dashboardDir: string;
  /** The program of the media workers: the built one begins sooner than the sources. */
  mediaWorker: string;
  /** Asks for the current version of WhatsApp Web once ours is refused. With a simulator nobody is asked. */
  fetchWebVersion: FetchWebVersion;
  /** Added to the server's own. */
  extraRoutes: readonly Route[];
}

/** Puts the server together. The only place that knows every part; nothing listens until `start`. */
export async function createApp(config: Config, replace: Partial<Replaceable> = {}): Promise<App> {
  const clock = replace.clock ?? systemClock;
  const logger = replace.logger ?? createLogger(config);
  const jumps = new ClockJumps(clock);
  const lifecycle = new Lifecycle(logger);
  const drains: (() => Promise<void>)[] = [];

  const health = new HealthService({ version: packageVersion(), node: config.nodeName, logger });
  const { database, watch } = await openWatchedDatabase({ config, logger, lifecycle, health });

  const bus = replace.bus ?? new EventBus(logger);
  const eventStore = new EventStore(database);
  const events = new EventLog(eventStore, bus, clock);
  const units = new UnitOfWork(database, events);
  const quotas = new Quotas(config.quotas);

  const access = createAccessParts({ config, database, units, quotas, clock, logger, lifecycle, live: () => realtime });
  const { apiKeys, callers } = access;
  drains.push(() => access.drain());

  const ownership = new Ownership(new OwnershipStore(database), {
    node: config.nodeName,
    leaseMs: config.sessionLeaseMs,
    logger,
  });
  // Before the gateway, so that sessions are given back when their sockets are closed.
  lifecycle.add({
    name: 'session leases',
    start: () => {
      ownership.start();
    },
    stop: () => ownership.stop(),
  });
  const authKey =
    config.authKey === null ? await loadAuthKey(authKeyFile(config)) : Buffer.from(config.authKey.reveal(), 'hex');
  const { url, isSimulated, rootKey, mediaCaFile } = config.whatsapp;
  const authCipher = createAuthCipher(authKey);
  const gateway = createBaileysGateway({
    url,
    rootKey,
    mediaCa: mediaCaFile === null ? null : await readFile(mediaCaFile, 'utf8'),
    authStore: new AuthStore(database, authCipher, clock, (trx, sessionId) => ownership.isStillOurs(trx, sessionId)),
    recipientDevices: new RecipientDevicesStore(database),
    sentMessages: new SentMessagesStore(database, authCipher),
    accountForms: new AccountFormsStore(database),
    publishing: config.publishing,
    versionStore: new WebVersionStore(database),
    fetchVersion: replace.fetchWebVersion ?? (isSimulated ? null : fetchWebVersion),
    clock,
    logger,
  });
  lifecycle.add({ name: 'WhatsApp', stop: () => gateway.stop() });

  const people = new PeopleService(new PeopleStore(), units, clock);
  const { sessions, running, linking, accounts } = createSessions({
    gateway,
    store: new SessionsStore(database),
    apiKeys,
    ownership,
    quotas,
    unitOfWork: units,
    bus,
    clock,
    logger,
    node: config.nodeName,
    pauses: config.reconnectPauses,
    starts: config.sessionStarts,
    listener: {
      onReceipts: (sessionId, receipts) => viewers.recordReceipts(sessionId, receipts),
      onAddressPairs: (sessionId, pairs) => people.recordPairs(sessionId, pairs),
      onRetry: (sessionId, request) => posting.allowRetry(sessionId, request),
      onAddressBook: (sessionId, news) => contacts.record(sessionId, news),
    },
  });
  const contacts: ContactsService = new ContactsService({
    sessions: running,
    people,
    contacts: new ContactsStore(database),
    chats: new ChatsStore(database),
    books: new AddressBooksStore(database),
    quotas,
    unitOfWork: units,
    bus,
    clock,
    logger,
  });
  const preparing = createPreparingParts({ config, logger, lifecycle, health, workerProgram: replace.mediaWorker });
  const outboundParts = createOutboundParts(config, lifecycle, (picture) => preparing.preparer.thumbnail(picture));
  const statusesStore = new StatusesStore(database);
  const recipients = new RecipientsStore(database);
  const { audiences, pace, previews, ...audienceParts } = createAudienceParts({
    ...{ config, database, units, quotas, clock, contacts, sessions },
    statuses: statusesStore,
  });
  const { contents, ...media } = createMediaParts({
    ...{ config, database, units, bus, clock, logger, lifecycle, sessions, jumps, ...outboundParts, ...preparing },
    statuses: statusesStore,
  });
  const slots = new SlotsService(new SlotsStore(database), units, clock);
  const statuses = new StatusesService({
    audiences,
    contents,
    slots,
    quotas,
    sessions,
    gateway,
    people,
    statuses: statusesStore,
    recipients,
    unitOfWork: units,
    bus,
    clock,
  });
  const viewers: ViewersService = new ViewersService({
    logger,
    statuses,
    people,
    views: new ViewsStore(),
    viewers: new ViewersStore(database),
    pending: new PendingReceiptsStore(),
    unitOfWork: units,
    clock,
  });
  people.follow(statuses);
  people.follow(viewers);
  people.follow(contacts.recorder);
  statuses.tellInserted((tx, status) => viewers.adoptPending(tx, status));
  const { posting, queue, changes, listing, reposts, ...postingParts }: PostingParts = createPostingParts({
    ...{ config, database, lifecycle, units, bus, clock, logger, gateway, people, audiences, pace, sessions, running },
    ...{ contents, slots, recipients, quotas },
    statuses: statusesStore,
    accepting: statuses,
    isOurs: (tx, sessionId) => ownership.isStillOurs(tx, sessionId),
  });
  const scheduling = createSchedulingParts({
    ...{ database, units, quotas, bus, clock, logger, lifecycle, sessions, statuses, changes, files: media.uploads },
  });
  lifecycle.add({ name: 'viewers', stop: () => viewers.stop() });
  lifecycle.add(expiringStatuses(new StatusExpiry(statusesStore, units, clock), logger));
  lifecycle.add({ name: 'contacts', start: () => contacts.start(), stop: () => contacts.stop() });
  lifecycle.add({ name: 'sessions', start: () => running.start(), stop: () => running.stop() });
  lifecycle.add({ name: 'status queue', start: () => queue.start(), stop: () => queue.stop() });
  lifecycle.add(takingUpStatuses(queue, logger));
  drains.push(
    () => running.drain(),
    () => contacts.drain(),
    () => queue.drain(),
    () => viewers.drain(),
  );

  const describedRoutes: Route[] = [
    ...sessionsRoutes(sessions, running, linking),
    ...contactsRoutes(contacts),
    ...audiencePreviewRoutes(previews),
    ...statusesRoutes(statuses, changes, listing, reposts),
    ...audienceParts.routes,
    ...postingParts.routes,
    ...scheduling.routes,
    ...outboundParts.routes,
    ...media.routes,
    ...viewersRoutes(viewers),
    ...access.routes,
    ...monitoringRoutes({ health, accounts, stats: new StatsStore(database), clock }),
    ...(replace.extraRoutes ?? []),
  ];
  const routes = [...describedRoutes, openApiRoute(path.join(projectRoot(), 'docs', 'generated', 'openapi.json'))];

  const sealer = new Sealer(config.apiKey.reveal(), 'idempotency');
  const idempotency = new Idempotency({
    ...{ store: new IdempotencyStore(database), unitOfWork: units, quotas, clock, sealer },
  });
  lifecycle.add({ name: 'idempotency keys', stop: () => idempotency.stop() });
  const cleaning = new PeriodicTasks({
    name: 'forgetting what is out of date',
    everyMs: 60 * 60_000,
    // A server that is started anew within every hour forgets, too. The start itself does not wait for it.
    firstAfterMs: 1_000,
    works: jumps.holding({
      events: () => events.prune(),
      'idempotency keys': () => idempotency.prune(),
      keys: () => access.apiKeys.prune(),
      'sign-ins': () => access.signIns.prune(),
      receipts: () => viewers.prune(),
    }),
    logger,
  });
  lifecycle.add({ name: cleaning.name, start: () => cleaning.start(), stop: () => cleaning.stop() });
  let ready = false;
  const http = createHttpApp({
    config,
    logger,
    callers,
    keyRateLimits: access.keyRateLimits,
    directory: access.directory,
    idempotency,
    routes,
    isReady: async () => ready && (await watch.look()).trouble === undefined,
    resumable: media.resumable,
    dashboardDir: replace.dashboardDir ?? path.join(projectRoot(), 'public', 'dist'),
    checkAnswers: replace.checkAnswers ?? false,
  });
  const { host, port, maxUploadBytes: largestBodyBytes } = config;
  const server = new HttpServer(http.app, {
    ...{ host, port, largestBodyBytes },
    publicPath: config.publicAddress?.path ?? '',
    isBehindProxy: config.trustProxy > 0,
  });
  const realtime: RealtimeServer = new RealtimeServer(server.node, {
    callers,
    bus,
    clock,
    logger,
    corsOrigins: config.corsOrigins,
    publicOrigin: config.publicAddress?.origin,
    trustProxy: config.trustProxy,
    failureLimit: config.rateLimit,
    maxConnections: config.liveConnections,
  });
  lifecycle.add({ name: 'rate limit', stop: http.stop });
  lifecycle.add({ name: 'web server', start: () => server.start(), stop: () => server.stop() });
  lifecycle.add({
    name: 'live events',
    start: () => {
      realtime.start();
    },
    stop: () => {
      realtime.stop();
    },
  });
  lifecycle.add(eventTail({ store: eventStore, origin: events.origin, realtime, logger }));
  lifecycle.add(access.endingElsewhere());

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
