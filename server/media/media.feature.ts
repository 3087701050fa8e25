import type { Core } from '../core.js';
import { freeDiskBytes } from '../lib/free-disk.js';
import { Hook } from '../lib/hook.js';
import { PeriodicTasks } from '../lib/running/periodic-task.js';
import { FileUses } from './file-uses.js';
import { IncomingUploadsStore } from './incoming-uploads-store.js';
import { Intake } from './intake.js';
import { MediaService } from './media-service.js';
import { Receptions } from './receptions.js';
import type { UploadFolder } from './upload-folder.js';
import { ResumableFolder } from './resumable-folder.js';
import { ResumableUploads } from './resumable-uploads.js';
import { resumableUploadsRoutes } from './resumable-uploads-routes.js';
import { UploadRoom } from './upload-room.js';
import { UploadsService } from './uploads-service.js';
import { uploadsRoutes } from './uploads-routes.js';
import { UploadsStore } from './uploads-store.js';
import type { MediaPreparer } from '../media-pool/media-preparer.js';
import type { OutboundFetcher } from '../outbound/outbound-fetcher.js';
import type { SessionsService } from '../sessions/sessions-service.js';

export interface MediaNeeds {
  folder: UploadFolder;
  preparer: MediaPreparer;
  sessions: SessionsService;
  outbound: OutboundFetcher;
}

const cleaningIntervalMs = 60 * 60_000;

/** Pictures, videos and voice notes: taken in, kept, and cleaned up. */
export function mediaFeature(
  { config, database, unitOfWork, bus, clock, jumps, logger, lifecycle }: Core,
  { folder, preparer, sessions, outbound }: MediaNeeds,
) {
  const hooks = {
    /** Which of these statuses still wait to be posted. */
    waitingStatuses: new Hook<[statusIds: readonly string[]], ReadonlySet<string>>(),
  };
  const store = new UploadsStore(database);
  const uploads = new UploadsService({
    uploads: store,
    folder,
    unitOfWork,
    clock,
    listWaiting: async (statusIds) =>
      new Set((await hooks.waitingStatuses.run(statusIds)).flatMap((some) => [...some])),
    unusedForMs: config.keepUnusedUploadsMs,
  });
  const fileUses = new FileUses(store, uploads, clock);
  const maxBytes = config.maxUploadBytes;
  const incoming = new IncomingUploadsStore(database);
  const room = new UploadRoom({
    incoming,
    uploads: store,
    unitOfWork,
    clock,
    node: config.nodeName,
    maxBytes,
    limits: config.uploadLimits,
    freeBytes: () => freeDiskBytes(config.uploadsDir),
    logger,
  });
  const receptions = new Receptions(room, folder);
  const intake = new Intake({ uploads: store, folder, room, preparer, unitOfWork, clock });
  const media = new MediaService({ intake, uploads, receptions, sessions, outbound, bus, maxBytes });
  const resumable = new ResumableUploads({
    incoming,
    room,
    workFolder: folder,
    media,
    uploads,
    preparer,
    sessions,
    clock,
    logger,
    folder: new ResumableFolder(config.uploadsDir),
    unitOfWork,
    node: config.nodeName,
    keepMs: config.uploadLimits.keepUnfinishedMs,
  });
  sessions.deleted.add(async (sessionId) => {
    await resumable.forgetSession(sessionId);
    await uploads.forgetSession(sessionId);
  });

  const cleaning = new PeriodicTasks({
    name: 'cleaning up uploads',
    everyMs: cleaningIntervalMs,
    works: jumps.holding({
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
    media,
    hooks,
    uploads,
    fileUses,
    resumable,
    routes: [
      // Before those of the library, of which "resumable" would be a file.
      ...resumableUploadsRoutes(resumable),
      ...uploadsRoutes({ media, uploads, receptions, preparer, maxBytes }),
    ],
  };
}
