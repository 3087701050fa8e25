import type { Core } from '../core.js';
import type { Tx } from '../db/unit-of-work.js';
import { freeDiskBytes } from '../lib/free-disk.js';
import { PeriodicTask, PeriodicTasks } from '../lib/running/periodic-task.js';
import type { RunningSessions } from '../sessions/running-sessions.js';
import type { RepliesService } from './replies-service.js';
import { RepliesStore } from './replies-store.js';
import { ReplyFileQueue } from './reply-file-queue.js';
import { replyFilesRoutes } from './reply-files-routes.js';
import { ReplyFilesService } from './reply-files-service.js';
import type { ReplyFolder } from './reply-folder.js';
import type { ReplyRecorder } from './reply-recorder.js';

export interface ReplyFilesNeeds {
  replies: RepliesService;
  recorder: Pick<ReplyRecorder, 'fileAwaited'>;
  folder: ReplyFolder;
  running: Pick<RunningSessions, 'connectionOf'>;
  isOurs: (tx: Tx, sessionId: string) => Promise<boolean>;
}

/** How often it is looked for files whose time has come. */
const takeUpIntervalMs = 2_000;
const givingUpIntervalMs = 60 * 60_000;

/** Fetching the files of replies. */
export function replyFilesFeature(
  { config, database, unitOfWork, bus, clock, jumps, logger }: Core,
  { replies, recorder, folder, running, isOurs }: ReplyFilesNeeds,
) {
  const { keepDiskFreeBytes } = config.uploadLimits;
  const files = new ReplyFilesService({
    store: new RepliesStore(database),
    replies,
    folder,
    isOurs,
    wake: (sessionId) => queue.wake(sessionId),
    limits: config.replyFiles,
    freeBytes: async () => (await freeDiskBytes(config.uploadsDir)) - keepDiskFreeBytes,
    unitOfWork,
    clock,
  });
  const connectionOf = (sessionId: string) => running.connectionOf(sessionId);
  const queue = new ReplyFileQueue({ files, connectionOf, bus, logger });
  recorder.fileAwaited.add((sessionId) => queue.wake(sessionId));
  const takingUp = new PeriodicTask({
    name: 'files of replies that are due',
    everyMs: takeUpIntervalMs,
    work: () => queue.takeUp(),
    logger,
  });
  const givingUp = new PeriodicTasks({
    name: 'files of replies',
    everyMs: givingUpIntervalMs,
    works: jumps.holding({ 'those that nobody fetched': () => files.giveUpOld() }),
    logger,
  });
  const fetching = { name: 'fetching files of replies', start: () => queue.start(), stop: () => queue.stop() };
  return {
    queue,
    parts: [fetching, takingUp, givingUp],
    routes: replyFilesRoutes(files),
  };
}
