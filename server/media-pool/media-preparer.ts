import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ImageLayout, UploadKind } from '../contract/media.js';
import { AppError, validationError } from '../lib/app-error.js';
import { onDisk } from '../lib/disk-full.js';
import type { WaitingTurns } from '../lib/running/waiting-turns.js';
import type { Inspected, TaskLimits, TaskName, Tasks } from '../media-worker/protocol.js';
import type { MemoryBudget } from './memory-budget.js';
import type { WorkerPool } from './worker-pool.js';

type Prepared = Tasks['prepare']['output'];
type EngineState = Tasks['engine']['output'];

/** A file that somebody gave, and what is to become of it. */
export interface Preparing {
  kind: UploadKind;
  from: string;
  /** Where everything that is made goes; whoever asks deletes it. */
  folder: string;
  sizeBytes: number;
  layout: ImageLayout;
  startMs: number;
  endMs: number | undefined;
}

/** For whom it is done, until when, and who is told from 0 to 100 how far it is. */
export interface PreparingFor {
  organizationId: string;
  signal: AbortSignal;
  tell: (percent: number) => void;
}

export interface MediaPreparerParts {
  pool: WorkerPool;
  turns: WaitingTurns;
  memory: MemoryBudget;
  limits: Tasks['prepare']['input']['limits'];
  /** A folder for work, and its end. */
  newFolder: () => Promise<string>;
  discard: (folder: string) => Promise<void>;
}

const mebibyte = 1024 * 1024;
/** Loading the decoders, and what its header does not tell of a file. */
const slackBytes = 192 * mebibyte;
/** What is estimated from a header is about right. */
const slackFactor = 1.5;
const inspectLimits: TaskLimits = { memoryBytes: slackBytes, timeMs: 20_000 };
const engineLimits: TaskLimits = { memoryBytes: slackBytes, timeMs: 30_000 };
const lookAgainAfterMs = 60_000;
const attempts = 2;
/** Somebody waits for the preview; without its picture it is better than none. */
const thumbnailTimeoutMs = 10_000;
/** Previews of links wait in one line, whoever asked for them. */
const linksOrganization = 'links';

/** Makes files ready to be posted, in processes of their own: none of them is opened in this one. */
export class MediaPreparer {
  private readonly stopping = new AbortController();
  private lookedFor: Promise<EngineState> | undefined;
  private knownEngine: EngineState | undefined;
  private lookedAt = -Infinity;

  constructor(private readonly parts: MediaPreparerParts) {}

  /**
   * One file for a status, or several for a video that is cut. Throws in words what is wrong with the file, and `unavailable`
   * when there is too much to do, the server stops, or the workers do not last: the file may be all right then.
   */
  prepare(job: Preparing, { organizationId, signal, tell }: PreparingFor): Promise<Prepared> {
    const { kind, folder, layout, startMs, endMs } = job;
    const ending = AbortSignal.any([signal, this.stopping.signal]);
    const { limits } = this.parts;
    return this.inTurn(job, organizationId, ending, ({ type, from, ...needs }) =>
      this.attempt('prepare', needs, { folder, signal: ending, tell, kind }, (attemptFolder) => ({
        kind,
        from,
        type,
        folder: attemptFolder,
        layout,
        startMs,
        endMs,
        limits,
      })),
    );
  }

  /** A small JPEG of a picture for the preview of a link; undefined when there is none to be had now. */
  async thumbnail(picture: Buffer): Promise<Buffer | undefined> {
    const signal = AbortSignal.any([AbortSignal.timeout(thumbnailTimeoutMs), this.stopping.signal]);
    const folder = await this.parts.newFolder();
    try {
      const from = path.join(folder, 'original');
      await writeFile(from, picture);
      const job = { from, folder, kind: 'image', sizeBytes: picture.length, startMs: 0, endMs: undefined } as const;
      const thumbnail = await this.inTurn(job, linksOrganization, signal, ({ from: clean, ...needs }) =>
        this.attempt('thumbnail', needs, { folder, signal, kind: 'image' }, () => ({ from: clean })),
      );
      return thumbnail ?? undefined;
    } catch (error) {
      if (error instanceof AppError || signal.aborted) return undefined;
      throw error;
    } finally {
      await this.parts.discard(folder);
    }
  }

  /** What prepares videos and recordings. What was missing is looked for again after a minute. */
  engine(): Promise<EngineState> {
    const isKnown = this.knownEngine?.available === true || performance.now() - this.lookedAt < lookAgainAfterMs;
    if (this.lookedFor && isKnown) return this.lookedFor;
    this.lookedAt = performance.now();
    const { signal } = this.stopping;
    this.lookedFor = this.attempt('engine', engineLimits, { signal, kind: 'video' }, () => null);
    this.lookedFor.then(
      (state) => (this.knownEngine = state),
      () => (this.lookedFor = undefined),
    );
    return this.lookedFor;
  }

  /** Throws `unavailable` in words where it is known that videos and voice notes cannot be prepared. */
  requireEngine(): void {
    if (this.knownEngine?.available !== false) return;
    // Somebody may have installed it meanwhile.
    void this.engine();
    throw new AppError(
      'unavailable',
      `Videos and voice notes cannot be prepared on this server. ${this.knownEngine.reason} Pictures and texts go on.`,
    );
  }

  facts(): { workers: number; working: number; failures: number; waiting: number } {
    return { ...this.parts.pool.facts(), waiting: this.parts.turns.waiting };
  }

  /** Ends what runs and what waits; resolves when all workers have ended. */
  async stop(): Promise<void> {
    this.stopping.abort(
      new AppError('unavailable', 'The server is stopping. Upload the file again in a moment.', {
        retryAfterSeconds: 10,
      }),
    );
    await this.parts.pool.stop();
  }

  /** Looks at a file when it is its turn, and does the rest once there is memory for it. */
  private inTurn<T>(
    { kind, from, folder, sizeBytes, startMs, endMs }: Omit<Preparing, 'layout'>,
    organizationId: string,
    signal: AbortSignal,
    work: (inspected: Inspected) => Promise<T>,
  ): Promise<T> {
    const { turns, memory, limits } = this.parts;
    return turns.run(organizationId, kind === 'video', signal, async () => {
      const inspected = await this.attempt('inspect', inspectLimits, { folder, signal, kind }, (attemptFolder) => ({
        kind,
        from,
        folder: attemptFolder,
        sizeBytes,
        startMs,
        endMs,
        longestMs: limits.longestMs,
      }));
      return memory.run(inspected.memoryBytes, signal, () => work(inspected));
    });
  }

  /** Has a task done, once more by a new worker when the first one did not last. Throws what came of it, in words. */
  private async attempt<N extends TaskName>(
    task: N,
    needs: TaskLimits,
    { folder, kind, ...rest }: Attempt,
    inputFor: (folder: string) => Tasks[N]['input'],
  ): Promise<Tasks[N]['output']> {
    const limits = { memoryBytes: needs.memoryBytes * slackFactor + slackBytes, timeMs: needs.timeMs };
    let crashes = 0;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      // What a worker left behind that did not last must not be in the way of the next one.
      const attemptFolder = folder === undefined ? '' : path.join(folder, `${task}-${String(attempt)}`);
      if (folder !== undefined) await onDisk(mkdir(attemptFolder));
      const outcome = await this.parts.pool.run(task, inputFor(attemptFolder), limits, { ...rest, isNew: attempt > 0 });
      switch (outcome.result) {
        case 'done':
          return outcome.output;
        case 'refused':
        case 'failed':
          throw outcome.error;
        case 'too_heavy':
          throw tooHeavy(kind, outcome.reason, limits);
        case 'crashed':
          crashes += 1;
          break;
        case 'lost':
          break;
      }
    }
    throw crashes === attempts ? damaged(kind) : notLasting();
  }
}

interface Attempt {
  kind: UploadKind;
  /** Where files go; undefined for a task that makes none. */
  folder?: string;
  signal: AbortSignal;
  tell?: (percent: number) => void;
}

const inWords: Readonly<Record<UploadKind, string>> = { image: 'picture', video: 'video', audio: 'recording' };
const remedies: Readonly<Record<UploadKind, string>> = {
  image: 'Make it smaller, or save it anew as JPEG, and upload that.',
  video: 'Make it smaller or shorter and upload that.',
  audio: 'Make it shorter, or save it anew as MP3, and upload that.',
};

function tooHeavy(kind: UploadKind, reason: 'memory' | 'time', { memoryBytes, timeMs }: TaskLimits): AppError {
  const took =
    reason === 'memory'
      ? `more than ${String(Math.round(memoryBytes / mebibyte))} MB of memory`
      : `longer than ${String(Math.round(timeMs / 1000))} seconds`;
  return new AppError(
    'payload_too_large',
    `Preparing this ${inWords[kind]} took ${took}, so it was given up. ${remedies[kind]}`,
  );
}

function damaged(kind: UploadKind): AppError {
  const what = inWords[kind];
  return validationError(
    kind,
    `Reading this ${what} ends the program that reads it, twice in a row: it is damaged. Save it anew and upload that.`,
  );
}

function notLasting(): AppError {
  return new AppError(
    'unavailable',
    'The file could not be prepared: what prepares it was ended from outside, twice. Try again in a moment.',
    { retryAfterSeconds: 30 },
  );
}
