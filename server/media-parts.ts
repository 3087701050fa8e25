import type { Config } from './config.js';
import type { Database } from './db/database.js';
import type { UnitOfWork } from './db/unit-of-work.js';
import type { EventBus } from './events/event-bus.js';
import type { Route } from './http/define-route.js';
import type { ClockJumps } from './lib/clock-jumps.js';
import type { Clock } from './lib/clock.js';
import { freeDiskBytes } from './lib/free-disk.js';
import type { Lifecycle } from './lib/lifecycle.js';
import type { Logger } from './lib/logger.js';
import { PeriodicTasks } from './lib/running/periodic-task.js';
import type { LinkPreviews } from './links/link-previews.js';
import { publicPreview } from './links/public-preview.js';
import { IncomingUploadsStore } from './media/incoming-uploads-store.js';
import { Intake } from './media/intake.js';
import { MediaService, type SessionsOfMedia } from './media/media-service.js';
import { Receptions } from './media/receptions.js';
import type { UploadFolder } from './media/upload-folder.js';
import { ResumableFolder } from './media/resumable-folder.js';
import { ResumableUploads } from './media/resumable-uploads.js';
import { resumableUploadsRoutes } from './media/resumable-uploads-routes.js';
import { UploadRoom } from './media/upload-room.js';
import { UploadsService } from './media/uploads-service.js';
import { uploadsRoutes } from './media/uploads-routes.js';
import { UploadsStore } from './media/uploads-store.js';
import type { MediaPreparer } from './media-pool/media-preparer.js';
import type { OutboundFetcher } from './outbound/outbound-fetcher.js';
import { StatusContents } from './statuses/status-contents.js';
import type { StatusesStore } from './statuses/statuses-store.js';

export interface MediaPartsNeeds {
  config: Config;
  database: Database;
  units: UnitOfWork;
  bus: EventBus;
  clock: Clock;
  jumps: ClockJumps;
  logger: Logger;
  lifecycle: Lifecycle;
  folder: UploadFolder;
  preparer: MediaPreparer;
  sessions: SessionsOfMedia & { tellDeleted(listener: (sessionId: string) => Promise<void>): void };
  statuses: Pick<StatusesStore, 'listWaiting'>;
  outbound: OutboundFetcher;
  linkPreviews: LinkPreviews;
}

const cleaningIntervalMs = 60 * 60_000;

/** Pictures, videos and voice notes: the parts of the server that take them in and keep them, put together. */
export function createMediaParts(needs: MediaPartsNeeds): {
  contents: StatusContents;
  uploads: UploadsService;
  resumable: ResumableUploads;
  routes: Route[];
} {
  const { config, database, units, bus, clock, logger, lifecycle, folder, preparer, sessions, outbound } = needs;
  const store = new UploadsStore(database);
  const uploads = new UploadsService({
    uploads: store,
    folder,
    unitOfWork: units,
    clock,
    listWaiting: (statusIds) => needs.statuses.listWaiting(statusIds),
    unusedForMs: config.keepUnusedUploadsMs,
  });
  const maxBytes = config.maxUploadBytes;
  const incoming = new IncomingUploadsStore(database);
  const room = new UploadRoom({
    incoming,
    uploads: store,
    unitOfWork: units,
    clock,
    node: config.nodeName,
    maxBytes,
    limits: config.uploadLimits,
    freeBytes: () => freeDiskBytes(config.uploadsDir),
    logger,
  });
  const receptions = new Receptions(room, folder);
  const intake = new Intake({ uploads: store, folder, room, preparer, unitOfWork: units, clock });
  const media = new MediaService({ intake, uploads, receptions, sessions, outbound, bus, maxBytes });
  const resumable = new ResumableUploads({
    ...{ incoming, room, workFolder: folder, media, uploads, preparer, sessions, clock, logger },
    folder: new ResumableFolder(config.uploadsDir),
    unitOfWork: units,
    node: config.nodeName,
    keepMs: config.uploadLimits.keepUnfinishedMs,
  });
  sessions.tellDeleted(async (sessionId) => {
    await resumable.forgetSession(sessionId);
    await uploads.forgetSession(sessionId);
  });

  const cleaning = new PeriodicTasks({
    name: 'cleaning up uploads',
    everyMs: cleaningIntervalMs,
    works: needs.jumps.holding({
      'room that nobody uses': () => room.prune(),
      'unfinished ones': () => resumable.clean(),
      'unused ones': () => uploads.clean(),
    }),
    logger,
  });
  lifecycle.add({
    name: 'media',
    start: async () => {
      await room.open();
      await resumable.open();
      await cleaning.runOnce();
      await resumable.start();
      cleaning.start();
    },
    stop: async () => {
      await resumable.stop();
      await cleaning.stop();
    },
  });
  return {
    contents: new StatusContents(media, async (url, organizationId) => {
      const outcome = await needs.linkPreviews.read(url, organizationId);
      if (outcome.result === 'busy') throw outcome.failure;
      if (outcome.result === 'media') return outcome;
      return { result: 'link', preview: outcome.result === 'preview' ? publicPreview(outcome.preview) : null };
    }),
    uploads,
    resumable,
    routes: [
      // Before those of the library, of which "resumable" would be a file.
      ...resumableUploadsRoutes(resumable),
      ...uploadsRoutes({ media, uploads, receptions, preparer, maxBytes }),
    ],
  };
}
