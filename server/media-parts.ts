import { availableParallelism } from 'node:os';
import type { Config } from './config.js';
import type { Database } from './db/database.js';
import type { UnitOfWork } from './db/unit-of-work.js';
import type { EventBus } from './events/event-bus.js';
import type { Route } from './http/define-route.js';
import type { Clock } from './lib/clock.js';
import type { Lifecycle } from './lib/lifecycle.js';
import type { Logger } from './lib/logger.js';
import { PeriodicTask } from './lib/periodic-task.js';
import type { LinkPreviews } from './links/link-previews.js';
import { publicPreview } from './links/public-preview.js';
import { ConversionQueue } from './media/conversion-queue.js';
import { mediaHealth } from './media/media-health.js';
import { Intake } from './media/intake.js';
import { MediaService, type SessionsOfMedia } from './media/media-service.js';
import { UploadFolder } from './media/upload-folder.js';
import { UploadsService } from './media/uploads-service.js';
import { uploadsRoutes } from './media/uploads-routes.js';
import { UploadsStore } from './media/uploads-store.js';
import { MediaEngines } from './media-worker/engine/media-engines.js';
import type { HealthService } from './monitoring/health-service.js';
import type { OutboundFetcher } from './outbound/outbound-fetcher.js';
import { StatusContents } from './statuses/status-contents.js';
import type { StatusesStore } from './statuses/statuses-store.js';

export interface MediaPartsNeeds {
  config: Config;
  database: Database;
  units: UnitOfWork;
  bus: EventBus;
  clock: Clock;
  logger: Logger;
  lifecycle: Lifecycle;
  health: HealthService;
  sessions: SessionsOfMedia & { tellDeleted(listener: (sessionId: string) => Promise<void>): void };
  statuses: Pick<StatusesStore, 'listWaiting'>;
  outbound: OutboundFetcher;
  linkPreviews: LinkPreviews;
}

const waitingConversions = 20;
/** An hour of video in 4K takes this long on a small machine. */
const conversionTimeoutMs = 60 * 60_000;
const cleaningIntervalMs = 60 * 60_000;

/** Pictures, videos and voice notes: the parts of the server that take them in and keep them, put together. */
export function createMediaParts(needs: MediaPartsNeeds): {
  contents: StatusContents;
  uploads: UploadsService;
  routes: Route[];
} {
  const { config, database, units, bus, clock, logger, lifecycle, health, sessions, statuses, outbound, linkPreviews } =
    needs;
  const folder = new UploadFolder(config.uploadsDir, config.nodeName);
  const store = new UploadsStore(database);
  const queue = new ConversionQueue({ atOnce: availableParallelism(), waiting: waitingConversions });
  const uploads = new UploadsService({
    uploads: store,
    folder,
    unitOfWork: units,
    clock,
    listWaiting: (statusIds) => statuses.listWaiting(statusIds),
    unusedForMs: config.keepUnusedUploadsMs,
  });
  const { ffmpegPath, statusMs, longestVideoMs } = config.media;
  const engines = new MediaEngines(ffmpegPath, logger);
  health.register('media', mediaHealth(engines));
  const limits = { partMs: statusMs, longestMs: longestVideoMs, timeoutMs: conversionTimeoutMs };
  const intake = new Intake({ uploads: store, folder, queue, engines, limits, unitOfWork: units, clock });
  const media = new MediaService({ intake, uploads, folder, sessions, outbound, bus, maxBytes: config.maxUploadBytes });
  sessions.tellDeleted((sessionId) => uploads.forgetSession(sessionId));

  const cleaning = new PeriodicTask({
    name: 'cleaning up uploads',
    everyMs: cleaningIntervalMs,
    work: () => uploads.clean(),
    logger,
  });
  lifecycle.add({
    name: 'media',
    start: async () => {
      await engines.endLeftovers(folder.incoming);
      await folder.open();
      await engines.look();
      await uploads.clean();
      cleaning.start();
    },
    stop: async () => {
      await cleaning.stop();
      await queue.stop();
    },
  });
  return {
    contents: new StatusContents(media, async (url) => {
      const outcome = await linkPreviews.read(url);
      return outcome.result === 'preview' ? publicPreview(outcome.preview) : null;
    }),
    uploads,
    routes: uploadsRoutes({ media, uploads, folder, engines, maxBytes: config.maxUploadBytes }),
  };
}
