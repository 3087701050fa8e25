import type { Logger } from '../lib/logger.js';
import type { TaskLimits, TaskName, Tasks } from '../media-worker/protocol.js';
import { type Outcome, WorkerProcess, type WorkerOptions } from './worker-process.js';

export interface PoolOptions {
  worker: WorkerOptions;
  /** A worker that has nothing to do is ended after this time. */
  idleMs: number;
  /** And one that has done so many tasks, or holds more than this when it has nothing to do. */
  tasksOfOne: number;
  restingBytes: number;
  logger: Logger;
}

/** Workers that are there when they are needed. How many work at a time is up to those who ask. */
export class WorkerPool {
  private readonly idle = new Map<WorkerProcess, NodeJS.Timeout>();
  private readonly all = new Set<WorkerProcess>();
  /** Workers that ended other than by our will, or by the end of what they may. */
  private failures = 0;

  constructor(private readonly options: PoolOptions) {}

  facts(): { workers: number; working: number; failures: number } {
    const working = this.all.size - this.idle.size;
    return { workers: this.all.size, working, failures: this.failures };
  }

  /** Has a task done by a worker: one that waits for work, unless it is to be a new one. Throws the reason of `signal` when it ends. */
  async run<N extends TaskName>(
    task: N,
    input: Tasks[N]['input'],
    limits: TaskLimits,
    { isNew, ...rest }: { signal: AbortSignal; tell?: (percent: number) => void; isNew: boolean },
  ): Promise<Outcome<Tasks[N]['output']>> {
    rest.signal.throwIfAborted();
    const worker = (isNew ? undefined : this.takeIdle()) ?? this.start();
    try {
      const outcome = await worker.run(task, input, limits, rest);
      if (outcome.result === 'crashed' || outcome.result === 'lost') {
        this.failures += 1;
        this.options.logger.warn(
          { task, result: outcome.result, how: outcome.how },
          'a media worker ended unexpectedly',
        );
      }
      return outcome;
    } finally {
      this.giveBack(worker);
    }
  }

  /** Ends all workers; resolves when they have ended. */
  async stop(): Promise<void> {
    for (const timer of this.idle.values()) clearTimeout(timer);
    this.idle.clear();
    for (const worker of this.all) worker.kill();
    await Promise.all([...this.all].map(({ ended }) => ended));
  }

  private takeIdle(): WorkerProcess | undefined {
    for (const [worker, timer] of this.idle) {
      clearTimeout(timer);
      this.idle.delete(worker);
      if (worker.isUsable) return worker;
    }
    return undefined;
  }

  private start(): WorkerProcess {
    const worker = new WorkerProcess(this.options.worker);
    this.all.add(worker);
    void worker.ended.then(() => {
      clearTimeout(this.idle.get(worker));
      this.idle.delete(worker);
      this.all.delete(worker);
    });
    return worker;
  }

  private giveBack(worker: WorkerProcess): void {
    const { tasksOfOne, restingBytes, idleMs } = this.options;
    if (!worker.isUsable) return;
    if (worker.tasks >= tasksOfOne || worker.memoryBytes > restingBytes) {
      worker.kill();
      return;
    }
    this.idle.set(worker, setTimeout(() => worker.kill(), idleMs).unref());
  }
}
