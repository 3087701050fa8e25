import type { Tx } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import { KeyedLock } from '../lib/running/keyed-lock.js';
import type { Logger } from '../lib/logger.js';
import { PeriodicTask } from '../lib/running/periodic-task.js';
import { type OwnerProcess, beginOwnerProcess, endOwnerProcess, hasEnded } from '../lib/owner-process.js';
import type { Lease, OwnershipStore } from './ownership-store.js';
import { noSession } from './session.js';

export interface OwnershipOptions {
  /** The name of this process, for people. */
  node: string;
  /** How long a session stays with a process that says nothing more. */
  leaseMs: number;
  logger: Logger;
}

/** On the clock that only goes forward, of this process: how long a lease may be trusted without asking. */
interface Held {
  token: number;
  sinceMs: number;
  untilMs: number;
}

/** What closing sockets may take: a lease is given up this long before it ends, or a fifth of it. */
const longestMarginMs = 3_000;

/**
 * Which sessions are this process's. Each has a lease in the database, claimed before its socket opens and prolonged
 * while it runs. Where prolonging fails, the session is lost here before another process can have it.
 */
export class Ownership {
  private readonly me: OwnerProcess;
  private readonly trustMs: number;
  private readonly held = new Map<string, Held>();
  private readonly users = new Map<string, number>();
  private readonly lock = new KeyedLock();
  private readonly heartbeat: PeriodicTask;
  private watch: NodeJS.Timeout | undefined;
  private tellLost: (sessionId: string) => void = () => undefined;

  constructor(
    private readonly store: OwnershipStore,
    private readonly options: OwnershipOptions,
  ) {
    const { node, leaseMs, logger } = options;
    this.me = beginOwnerProcess(node);
    this.trustMs = leaseMs - Math.min(leaseMs / 5, longestMarginMs);
    this.heartbeat = new PeriodicTask({
      name: 'session leases',
      everyMs: leaseMs / 4,
      work: () => this.renew(),
      logger,
    });
  }

  /** Whoever closes the sockets of a session that is no longer ours. It must not throw. */
  onLost(tell: (sessionId: string) => void): void {
    this.tellLost = tell;
  }

  start(): void {
    this.heartbeat.start();
    this.watch = setInterval(
      () => {
        for (const sessionId of [...this.held.keys()]) if (!this.owns(sessionId)) this.lose(sessionId);
      },
      Math.min(500, this.options.leaseMs / 20),
    );
    this.watch.unref();
  }

  /** Gives everything back, so that another process can have it at once. The sockets must be closed by now. */
  async stop(): Promise<void> {
    clearInterval(this.watch);
    await this.heartbeat.stop();
    const sessionIds = [...this.held.keys()];
    this.held.clear();
    try {
      if (sessionIds.length > 0) await this.store.release(this.me.id, sessionIds);
    } finally {
      endOwnerProcess(this.me);
    }
  }

  /** Whether the session is ours for sure, by this process's own clock. */
  owns(sessionId: string): boolean {
    const held = this.held.get(sessionId);
    return held !== undefined && performance.now() < held.untilMs;
  }

  /**
   * The fence before a side effect that would do harm from two processes: asks the database whether the session is still
   * ours, and keeps others from taking it until the transaction ends.
   */
  async isStillOurs(source: Parameters<OwnershipStore['isHeld']>[0], sessionId: string): Promise<boolean> {
    const held = this.held.get(sessionId);
    return held !== undefined && (await this.store.isHeld(source, { sessionId, token: held.token }, this.me.id));
  }

  /**
   * Makes the session ours for `work`, and for as long after as it should run. Throws `conflict` with the name of the
   * process that has it, `not_found` when there is no such session.
   */
  async use<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    this.users.set(sessionId, (this.users.get(sessionId) ?? 0) + 1);
    try {
      await this.claim(sessionId);
      return await work();
    } finally {
      const left = (this.users.get(sessionId) ?? 1) - 1;
      if (left > 0) this.users.set(sessionId, left);
      else this.users.delete(sessionId);
      await this.releaseUnused(sessionId);
    }
  }

  /** Makes a session that is being inserted ours, before anybody else can see it. */
  async claimNew(tx: Tx, sessionId: string): Promise<void> {
    const askedAtMs = performance.now();
    const lease = await this.store.claimOne(tx, this.me, this.options.leaseMs, sessionId);
    tx.afterCommit(() => {
      if (lease) this.hold(lease, askedAtMs);
    });
  }

  /** Takes the sessions that should run and that no living process has. */
  async claimFree(): Promise<string[]> {
    for (const neighbour of await this.store.listNeighbours(this.me)) {
      if (hasEnded(this.me, neighbour)) await this.store.endLeasesOf(neighbour.id);
    }
    if (!(await this.store.hasFreeStarted(this.options.leaseMs))) return [];
    const askedAtMs = performance.now();
    const leases = await this.store.claimStarted(this.me, this.options.leaseMs);
    for (const lease of leases) this.hold(lease, askedAtMs);
    return leases.map(({ sessionId }) => sessionId);
  }

  /** Throws `conflict` with the name of the process that has the session, when it is another one. */
  async refuseElsewhere(sessionId: string): Promise<void> {
    if (this.owns(sessionId)) return;
    const holder = await this.store.findHolder(sessionId, this.options.leaseMs);
    if (holder && holder.id !== this.me.id) throw heldBy(holder.node);
  }

  /** Gives the session back unless it should run, or somebody is at it. */
  async releaseUnused(sessionId: string): Promise<void> {
    try {
      await this.lock.run(sessionId, async () => {
        if (this.users.has(sessionId) || !this.held.has(sessionId)) return;
        const outcome = await this.store.releaseResting(this.me.id, sessionId);
        if (outcome === 'given back') this.held.delete(sessionId);
        // Without this nobody would close what belongs to it: it is no more among what is looked after.
        if (outcome === 'elsewhere') this.lose(sessionId);
      });
    } catch (error) {
      this.options.logger.warn({ err: error, sessionId }, 'a session could not be given back');
    }
  }

  private claim(sessionId: string): Promise<void> {
    return this.lock.run(sessionId, async () => {
      if (this.owns(sessionId)) return;
      const askedAtMs = performance.now();
      const lease = await this.store.claimOne(undefined, this.me, this.options.leaseMs, sessionId);
      if (lease) {
        this.hold(lease, askedAtMs);
        return;
      }
      const holder = await this.store.findHolder(sessionId, this.options.leaseMs);
      throw holder ? heldBy(holder.node) : noSession(sessionId);
    });
  }

  private hold({ sessionId, token }: Lease, askedAtMs: number): void {
    // It ran out here and nobody had noticed yet: what belongs to the old lease must end all the same.
    if (this.held.has(sessionId)) this.lose(sessionId);
    this.held.set(sessionId, { token, sinceMs: performance.now(), untilMs: askedAtMs + this.trustMs });
  }

  private async renew(): Promise<void> {
    const askedAtMs = performance.now();
    const sessionIds = [...this.held.keys()];
    if (sessionIds.length === 0) return;
    const kept = new Set(await this.store.renew(this.me.id, this.options.leaseMs, sessionIds));
    for (const [sessionId, held] of [...this.held]) {
      if (held.sinceMs >= askedAtMs) continue;
      if (kept.has(sessionId)) held.untilMs = askedAtMs + this.trustMs;
      else this.lose(sessionId);
    }
  }

  private lose(sessionId: string): void {
    this.held.delete(sessionId);
    this.options.logger.warn({ sessionId }, 'this process no longer holds the session');
    this.tellLost(sessionId);
  }
}

function heldBy(node: string): AppError {
  return new AppError(
    'conflict',
    `The session runs on another process, "${node}". Ask that one, or try again once it has stopped.`,
  );
}
