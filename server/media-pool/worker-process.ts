import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { pathToFileURL } from 'node:url';
import { AppError } from '../lib/app-error.js';
import { withDeadline } from '../lib/deadline.js';
import type { Logger } from '../lib/logger.js';
import {
  lastWordsDescriptor,
  type LastWord,
  type Reply,
  type RequestFor,
  type TaskLimits,
  type TaskName,
  type Tasks,
  type WireError,
} from '../media-worker/protocol.js';

/** What became of a task. Only `done` has an output. */
export type Outcome<T> =
  | { result: 'done'; output: T }
  /** With words for the caller. */
  | { result: 'refused'; error: AppError }
  /** A bug in the worker, which goes on. */
  | { result: 'failed'; error: Error }
  /** The worker ended itself: the file is too much for it. */
  | { result: 'too_heavy'; reason: LastWord['reason'] }
  /** A decoder fell over: the worker ended by a fault of its own. */
  | { result: 'crashed'; how: string }
  /** The worker did not begin, was killed from outside, got no processor, or hangs: the file is not known to be to blame. */
  | { result: 'lost'; how: string };

export interface WorkerOptions {
  /** The program, `media-worker/main`. */
  program: string;
  /** All files of its tasks are below it; it must be there. */
  folder: string;
  /** The program ffmpeg, where one is to be used instead of what comes with the packages. */
  ffmpegPath: string | undefined;
  /** All that it sees of the environment of the server. */
  environment: Readonly<Record<string, string>>;
  /** How many of its kind may be at work beside it, itself included: together they weigh as one ordinary program. */
  atOnce: number;
  logger: Logger;
}

const startTimeoutMs = 30_000;
/** A worker ends itself in time; one that does not is stopped in its tracks. */
const graceMs = 5_000;
const maxSaidBytes = 4_096;
const heapMegabytes = 256;
/** A process that got less of a processor than this share of its time was kept from its work by others. */
const leastCpuShare = 0.25;
/** How a process ends that did something forbidden, or gave up. */
const faults = new Set<NodeJS.Signals>(['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT', 'SIGTRAP', 'SIGSYS']);

/** Decoders read their settings from the environment. */
const decoderSettings = {
  // What is unpacked lies in memory, where its limit is watched, and in no file that could be left over.
  VIPS_DISC_THRESHOLD: '64g',
  VIPS_CONCURRENCY: '2',
  // Otherwise every thread keeps memory of its own that it needs no more.
  MALLOC_ARENA_MAX: '2',
};

interface Running {
  id: number;
  limits: TaskLimits;
  settle: (outcome: Outcome<unknown>) => void;
  tell: (percent: number) => void;
}

/** One process in which files are prepared, one task at a time. */
export class WorkerProcess {
  /** Tasks that it was given. */
  tasks = 0;
  /** What it still held after the last task. */
  memoryBytes = 0;
  /** Resolves when it has ended, with everything that it started. */
  readonly ended: Promise<void>;
  private readonly child: ChildProcess;
  private readonly ready: Promise<boolean>;
  private running: Running | undefined;
  private isOver = false;
  private lastWords = '';
  private said = '';

  constructor(private readonly options: WorkerOptions) {
    const { program, folder, ffmpegPath, environment } = options;
    this.child = fork(program, [folder, ...(ffmpegPath === undefined ? [] : [ffmpegPath])], {
      cwd: folder,
      env: { ...environment, ...decoderSettings },
      execArgv: [...loaderOf(program), `--max-old-space-size=${String(heapMegabytes)}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
      // It leads a group of its own, so that what it starts can be ended with it; and Ctrl-C in a terminal is for the server.
      detached: hasGroups,
    });
    if (this.child.pid !== undefined) beNice(this.child.pid, options.atOnce);
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.said = (this.said + chunk.toString()).slice(-maxSaidBytes);
    });
    this.child.stdio[lastWordsDescriptor]?.on('data', (chunk: Buffer) => (this.lastWords += chunk.toString()));
    const started = new Promise<boolean>((resolve) => {
      this.child.on('message', (reply: Reply) => {
        if (reply.type === 'ready') resolve(true);
        else this.hear(reply);
      });
      this.child.once('close', () => resolve(false));
    });
    this.ready = withDeadline(started, startTimeoutMs, 'Starting a media worker').catch(() => false);
    this.ended = new Promise((resolve) => {
      const over = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.conclude(code, signal);
        resolve();
      };
      // Its programs may outlive it; whatever ended it, they end now.
      this.child.once('exit', () => this.kill());
      this.child.once('close', over);
      this.child.on('error', (error) => {
        this.options.logger.warn({ err: error }, 'a media worker cannot be reached');
        this.kill();
        if (this.child.pid === undefined) over(null, null);
      });
    });
  }

  get isUsable(): boolean {
    return !this.isOver;
  }

  /**
   * Has a task done. `signal` ends the worker with it and then throws its reason; so long as one is running no other may be
   * begun.
   */
  async run<N extends TaskName>(
    task: N,
    input: Tasks[N]['input'],
    limits: TaskLimits,
    { signal, tell }: { signal: AbortSignal; tell?: (percent: number) => void },
  ): Promise<Outcome<Tasks[N]['output']>> {
    signal.throwIfAborted();
    const kill = (): void => this.kill();
    signal.addEventListener('abort', kill, { once: true });
    let hanging: NodeJS.Timeout | undefined;
    try {
      if (!(await this.ready)) {
        this.kill();
        await this.ended;
        signal.throwIfAborted();
        return { result: 'lost', how: `it did not start: ${this.said}` };
      }
      const outcome = await new Promise<Outcome<unknown>>((resolve) => {
        this.tasks += 1;
        this.running = { id: this.tasks, limits, settle: resolve, tell: tell ?? (() => undefined) };
        if (this.isOver) resolve({ result: 'lost', how: 'it had ended' });
        const request: RequestFor<N> = { id: this.tasks, task, input, limits };
        this.child.send(request, () => undefined);
        hanging = setTimeout(kill, limits.timeMs + graceMs);
      });
      if (signal.aborted) await this.ended;
      signal.throwIfAborted();
      // A worker answers with what the task is described to give: one description is for both ends.
      return outcome as Outcome<Tasks[N]['output']>;
    } finally {
      clearTimeout(hanging);
      signal.removeEventListener('abort', kill);
      this.running = undefined;
    }
  }

  /** Ends it and what it started, at once, whatever they do. {@link ended} tells when that is done. */
  kill(): void {
    const { pid } = this.child;
    this.isOver = true;
    try {
      if (pid !== undefined && hasGroups) process.kill(-pid, 'SIGKILL');
      else this.child.kill('SIGKILL');
    } catch {
      // They have ended already.
    }
  }

  private hear(reply: Exclude<Reply, { type: 'ready' }>): void {
    const { running } = this;
    if (running?.id !== reply.id) return;
    switch (reply.type) {
      case 'progress':
        running.tell(reply.percent);
        return;
      case 'done':
        this.memoryBytes = reply.memoryBytes;
        running.settle({ result: 'done', output: reply.output });
        return;
      case 'refused':
        running.settle({ result: 'refused', error: asAppError(reply.error) });
        return;
      case 'failed':
        running.settle({ result: 'failed', error: new Error(`A media worker failed: ${reply.stack}`) });
        return;
    }
  }

  private conclude(code: number | null, signal: NodeJS.Signals | null): void {
    this.isOver = true;
    const { running, lastWords, said } = this;
    if (!running) return;
    const how = `${signal ?? `exit code ${String(code)}`} ${said}`.trim();
    running.settle(outcomeOfEnd({ lastWords, signal, code, how, timeMs: running.limits.timeMs }));
  }
}

function outcomeOfEnd(end: {
  lastWords: string;
  signal: NodeJS.Signals | null;
  code: number | null;
  how: string;
  timeMs: number;
}): Outcome<never> {
  const { lastWords, signal, code, how, timeMs } = end;
  const word = readLastWord(lastWords);
  if (word?.reason === 'memory') return { result: 'too_heavy', reason: 'memory' };
  if (word?.reason === 'time') {
    const isStarved = word.cpuMs !== null && word.cpuMs < timeMs * leastCpuShare;
    return isStarved ? { result: 'lost', how: 'it got no processor' } : { result: 'too_heavy', reason: 'time' };
  }
  // An exit code is a fault, too: nothing in a worker ends it in an orderly way.
  const isFault = signal === null ? code !== null : faults.has(signal);
  return isFault ? { result: 'crashed', how } : { result: 'lost', how };
}

function readLastWord(text: string): LastWord | undefined {
  try {
    return text === '' ? undefined : (JSON.parse(text) as LastWord);
  } catch {
    // It was killed while it spoke.
    return undefined;
  }
}

function asAppError({ code, message, details, retryAfterSeconds, cause }: WireError): AppError {
  return new AppError(code, message, {
    ...(details && { details }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(cause !== undefined && { cause: new Error(cause) }),
  });
}

const hasGroups = process.platform !== 'win32';

/** From the sources, as tests run it, a worker needs the translator that this process has. */
function loaderOf(program: string): string[] {
  if (!program.endsWith('.ts')) return [];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}

/** Beside the server. A worker that waits for it costs an upload some time; the other way round it would cost everybody. */
const niceness = 15;
/**
 * Beside everything else on the machine all workers together weigh as much as one ordinary program: a step of niceness is a
 * factor of 1.25 (sched(7)). With less, a busy neighbour keeps them from starting for half a minute.
 */
const nicenessOfOne = (atOnce: number): number => Math.min(19, Math.round(Math.log(atOnce) / Math.log(1.25)));

function beNice(pid: number, atOnce: number): void {
  try {
    setPriority(pid, niceness);
    if (process.platform !== 'linux') return;
    // Linux counts niceness within a session only (sched(7), autogroup), and a worker leads one of its own.
    writeFileSync(`/proc/${String(pid)}/autogroup`, String(nicenessOfOne(atOnce)));
  } catch {
    // It has ended already, or the system does not allow it: it runs as it is.
  }
}
