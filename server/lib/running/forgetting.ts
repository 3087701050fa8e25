import { setTimeout as pause } from 'node:timers/promises';
import type { PartHealth } from '../../contract/monitoring.js';
import type { Clock } from '../clock.js';
import type { HealthService } from '../health-service.js';
import type { Logger } from '../logger.js';
import type { ClockJumps } from './clock-jumps.js';
import { PeriodicTasks } from './periodic-task.js';

/** How much went; a number alone that is as much as may go says that there is more. */
type Forgotten = number | { forgotten: number; hasMore: boolean };

/** Forgets what is too old, at most so much. */
export type ForgetSome = (atMost: number) => Promise<Forgotten>;

/** Forgets what is from before a time, in epoch milliseconds; at most so much. */
export type ForgetBefore = (before: number, atMost: number) => Promise<Forgotten>;

/** Forgets what is older than that; nothing where it is kept for ever (Infinity). */
export function olderThan(clock: Clock): (keptForMs: number, forget: ForgetBefore) => ForgetSome {
  return (keptForMs, forget) => (atMost) =>
    keptForMs === Infinity ? Promise.resolve(0) : forget(clock.now().getTime() - keptForMs, atMost);
}

export interface ForgettingOptions {
  works: Readonly<Record<string, ForgetSome>>;
  jumps: ClockJumps;
  clock: Clock;
  logger: Logger;
  health: Pick<HealthService, 'register'>;
  /** Bounds one transaction. */
  atOnce?: number;
  /** Others write meanwhile. */
  pauseMs?: number;
}

interface Course {
  forgotten: number;
  lastRunAt: Date | null;
}

/**
 * Forgets what is out of date, every hour and soon after a start: a little at a time, with pauses, so that neither the event loop nor the
 * database is held. The end of the server ends it in the middle; the next turn goes on.
 */
export class Forgetting {
  private readonly tasks: PeriodicTasks;
  private readonly courses = new Map<string, Course>();
  private readonly stopping = new AbortController();

  constructor(private readonly options: ForgettingOptions) {
    const { works, jumps, logger, health } = options;
    health.register('forgetting', () => Promise.resolve(this.health()));
    for (const name of Object.keys(works)) this.courses.set(name, { forgotten: 0, lastRunAt: null });
    const whole = Object.entries(works).map(([name, some]) => [name, () => this.forgetAll(name, some)] as const);
    this.tasks = new PeriodicTasks({
      name: 'forgetting what is out of date',
      everyMs: 60 * 60_000,
      // A server that is started anew within every hour forgets, too. The start itself does not wait for it.
      firstAfterMs: 1_000,
      works: jumps.holding(Object.fromEntries(whole)),
      logger,
    });
  }

  get name(): string {
    return this.tasks.name;
  }

  start(): void {
    this.tasks.start();
  }

  /** Resolves when the step that runs is over. */
  stop(): Promise<void> {
    this.stopping.abort();
    return this.tasks.stop();
  }

  /** One whole turn of each now. */
  runOnce(): Promise<void> {
    return this.tasks.runOnce();
  }

  /** How much this process has forgotten of each kind, and when it last looked. */
  private health(): PartHealth {
    const details: PartHealth['details'] = {};
    for (const [name, { forgotten, lastRunAt }] of this.courses) {
      details[`${name}: forgotten`] = forgotten;
      details[`${name}: last run`] = lastRunAt?.toISOString() ?? null;
    }
    return { status: 'ok', message: null, details };
  }

  private async forgetAll(name: string, some: ForgetSome): Promise<void> {
    const { clock, logger, atOnce = 2_000, pauseMs = 50 } = this.options;
    const { signal } = this.stopping;
    const course = this.courses.get(name) ?? { forgotten: 0, lastRunAt: null };
    let total = 0;
    for (let more = true; more && !signal.aborted;) {
      const went = await some(atOnce);
      const { forgotten, hasMore } = typeof went === 'number' ? { forgotten: went, hasMore: went >= atOnce } : went;
      total += forgotten;
      course.forgotten += forgotten;
      more = hasMore;
      if (more) await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    course.lastRunAt = clock.now();
    if (total > 0) logger.info({ kind: name, forgotten: total }, 'forgot what is out of date');
  }
}
