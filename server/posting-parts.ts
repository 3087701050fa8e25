import type { Quotas } from './access/quotas.js';
import type { AudiencesService } from './audiences/audiences-service.js';
import type { Config } from './config.js';
import type { Database } from './db/database.js';
import type { Tx, UnitOfWork } from './db/unit-of-work.js';
import type { EventBus } from './events/event-bus.js';
import type { Clock } from './lib/clock.js';
import type { Lifecycle, Part } from './lib/lifecycle.js';
import type { Logger } from './lib/logger.js';
import { PeriodicTask } from './lib/running/periodic-task.js';
import type { PeopleService } from './people/people-service.js';
import { DeletionsService } from './posting/deletions-service.js';
import { DueStatuses } from './scheduling/due-statuses.js';
import { DueStore } from './scheduling/due-store.js';
import type { PaceService } from './pace/pace-service.js';
import { PostingService } from './posting/posting-service.js';
import { RecipientsService } from './statuses/recipients-service.js';
import type { RecipientsStore } from './statuses/recipients-store.js';
import { RepostsService } from './statuses/reposts-service.js';
import { seriesRoutes } from './scheduling/series-routes.js';
import { SeriesService } from './scheduling/series-service.js';
import { slotsRoutes } from './slots/slots-routes.js';
import type { SlotsService } from './slots/slots-service.js';
import { StatusChangesService } from './statuses/status-changes-service.js';
import type { StatusContents } from './statuses/status-contents.js';
import { StatusQueue } from './posting/status-queue.js';
import type { SessionsOfStatuses, StatusesService } from './statuses/statuses-service.js';
import type { StatusesStore } from './statuses/statuses-store.js';
import type { GatewayConnection, WhatsAppGateway } from './whatsapp/gateway.js';

export interface PostingPartsNeeds {
  config: Config;
  units: UnitOfWork;
  bus: EventBus;
  clock: Clock;
  logger: Logger;
  database: Database;
  lifecycle: Lifecycle;
  gateway: Pick<WhatsAppGateway, 'newMessageId' | 'isLinked'>;
  people: PeopleService;
  audiences: AudiencesService;
  pace: PaceService;
  sessions: SessionsOfStatuses;
  running: { connectionOf(sessionId: string): GatewayConnection | undefined };
  contents: StatusContents;
  statuses: StatusesStore;
  recipients: RecipientsStore;
  accepting: StatusesService;
  slots: SlotsService;
  quotas: Quotas;
  isOurs: (tx: Tx, sessionId: string) => Promise<boolean>;
}

const dueIntervalMs = 1_000;

export type PostingParts = ReturnType<typeof createPostingParts>;

/** From the queue to WhatsApp and back: posting, taking back, and what people change in between, put together. */
export function createPostingParts(needs: PostingPartsNeeds) {
  const { config, units, bus, clock, logger, people, audiences, pace, sessions, running, isOurs } = needs;
  const { contents, statuses, recipients, gateway, accepting, slots, quotas, database, lifecycle } = needs;
  const posting = new PostingService(statuses, recipients, people, units, clock, audiences, isOurs);
  const { chunkSize } = config.publishing;
  const deletions = new DeletionsService({
    ...{ statuses, recipients, people, clock, chunkSize, isOurs },
    unitOfWork: units,
  });
  const queue = new StatusQueue({
    ...{ posting, deletions, contents, pace, bus, logger },
    connectionOf: (sessionId) => running.connectionOf(sessionId),
  });
  const wake = (sessionId: string): void => {
    queue.wake(sessionId);
  };
  const changes = new StatusChangesService({
    ...{ sessions, audiences, gateway, people, statuses, recipients, slots, quotas, bus, clock },
    unitOfWork: units,
    reader: accepting,
    onWork: wake,
  });
  const dueStatuses = new DueStatuses({
    ...{ statuses, recipients, people, sessions, audiences, gateway, clock, logger },
    due: new DueStore(database),
    unitOfWork: units,
    onWork: wake,
  });
  const sweeping = new PeriodicTask({
    name: 'planned statuses',
    everyMs: dueIntervalMs,
    patienceMs: dueIntervalMs,
    work: () => dueStatuses.sweep(),
    logger,
  });
  lifecycle.add({
    name: sweeping.name,
    start: async () => {
      // What is too late after a time without a server must not go out before anybody looked.
      await sweeping.runOnce();
      sweeping.start();
    },
    stop: async () => {
      await sweeping.stop();
      await dueStatuses.stop();
    },
  });
  pace.tellResumed(wake);
  accepting.tellAccepted(wake);
  const listing = new RecipientsService(recipients, accepting);
  const reposts = new RepostsService(accepting, contents, recipients);
  const series = new SeriesService({ accepting, contents, statuses, bus, clock, unitOfWork: units });
  const routes = [...slotsRoutes(slots, sessions), ...seriesRoutes(series)];
  return { posting, queue, changes, listing, reposts, series, routes };
}

/** Looks from time to time for what other processes accepted for sessions that this one has. */
export function takingUpStatuses(queue: StatusQueue, logger: Logger): Part {
  const task = new PeriodicTask({
    name: 'statuses that another process accepted',
    everyMs: 1_000,
    work: () => queue.takeUp(),
    logger,
  });
  return {
    name: task.name,
    start: () => {
      task.start();
    },
    stop: () => task.stop(),
  };
}
