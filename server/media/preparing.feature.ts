import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import type { Core } from '../core.js';
import type { Logger } from '../lib/logger.js';
import { UploadFolder } from './upload-folder.js';
import { mediaHealth } from './media-health.js';
import { WaitingTurns } from '../lib/running/waiting-turns.js';
import { endPrograms } from '../media-pool/leftover-programs.js';
import { MediaPreparer } from '../media-pool/media-preparer.js';
import { MemoryBudget } from '../media-pool/memory-budget.js';
import { WorkerPool } from '../media-pool/worker-pool.js';

const mebibyte = 1024 * 1024;
/** An hour of video in 4K takes this long on a small machine. */
const conversionTimeoutMs = 60 * 60_000;
const waiting = {
  waiting: 50,
  waitingOfOne: 20,
  longestWaitMs: 15 * 60_000,
  busy: 'Too many files are being prepared right now. Try again in a minute.',
  retryAfterSeconds: 60,
};
const workers = { idleMs: 60_000, tasksOfOne: 200, restingBytes: 400 * mebibyte };

/**
 * Where files are made ready: the folder of what is not finished, and the processes that work there. `workerProgram`: where it is not
 * the one of this build.
 */
export function preparingFeature(
  { config, logger, lifecycle, health }: Core,
  workerProgram: string | undefined,
): { folder: UploadFolder; preparer: MediaPreparer } {
  const { ffmpegPath, workerEnvironment, statusMs, longestVideoMs } = config.media;
  const folder = new UploadFolder(config.uploadsDir, config.nodeName);
  const program = workerProgram ?? ofThisBuild('media-worker/main');
  const atOnce = config.media.jobsAtOnce ?? jobsOf(availableParallelism(), memoryBytes());
  const preparer = new MediaPreparer({
    pool: new WorkerPool({
      ...workers,
      worker: { program, folder: folder.incoming, ffmpegPath, environment: workerEnvironment, atOnce, logger },
      logger,
    }),
    turns: new WaitingTurns({ ...waiting, atOnce, longAtOnce: Math.max(1, atOnce - 1) }),
    memory: new MemoryBudget(config.media.memoryBytes ?? memoryFor(memoryBytes())),
    limits: { partMs: statusMs, longestMs: longestVideoMs, timeoutMs: conversionTimeoutMs },
    newFolder: () => folder.newWorkDir(),
    discard: (workDir) => folder.discard(workDir),
  });
  health.register('media', mediaHealth(preparer));
  lifecycle.add({
    name: 'media workers',
    start: async () => {
      await endLeftovers(
        [path.basename(ffmpegPath ?? 'ffmpeg'), path.basename(process.execPath)],
        folder.incoming,
        logger,
      );
      await folder.open();
    },
    stop: () => preparer.stop(),
  });
  return { folder, preparer };
}

/** One processor is left to the server, and beside something long there is always a turn for something short. */
function jobsOf(processors: number, bytes: number): number {
  const byProcessors = Math.min(8, Math.max(2, processors - 1));
  return Math.max(1, Math.min(byProcessors, Math.floor(bytes / (512 * mebibyte))));
}

/** A quarter of the machine's: the rest is for the server and the system. */
function memoryFor(bytes: number): number {
  return Math.min(2048, Math.max(512, bytes / 4 / mebibyte)) * mebibyte;
}

/** Of the machine, or of the container where that has less. */
function memoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
}

/** A module of ours, in the form in which this one runs. */
function ofThisBuild(module: string): string {
  return path.join(import.meta.dirname, '..', `${module}${path.extname(import.meta.filename)}`);
}

async function endLeftovers(programs: readonly string[], folder: string, logger: Logger): Promise<void> {
  try {
    await endPrograms(programs, folder);
  } catch (error) {
    logger.warn({ err: error, folder }, 'what prepared files for an earlier server may still run');
  }
}
