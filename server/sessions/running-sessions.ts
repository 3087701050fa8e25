import type { Owned } from '../access/principal.js';
import type { SessionHealth, SessionState } from '../contract/sessions.js';
import { Limit } from '../lib/running/limit.js';
import { KeyedLock } from '../lib/running/keyed-lock.js';
import { PeriodicTask } from '../lib/running/periodic-task.js';
import type { GatewayConnection } from '../whatsapp/gateway.js';
import type { Ownership } from './ownership.js';
import { listenerOf, type RunnerParts } from './runner-parts.js';
import type { SessionRecord } from './session.js';
import { noHealth } from './session-health.js';
import { SessionRunner } from './session-runner.js';
import { isRunning, isWaitingForLink } from './session-states.js';
import { StartLimiter, type StartLimits } from './start-limiter.js';

export interface RunningSessionsParts extends Omit<RunnerParts, 'lock' | 'starts'> {
  starts: StartLimits;
  ownership: Ownership;
}

/** So many begin at the same time: each writes to the database, and so do those who ask for something meanwhile. */
const settingOutAtOnce = 4;
/** How often a process looks for sessions whose process has ended. */
const takeOverIntervalMs = 500;

/** The accounts that this process runs: taken up, connected, stopped and given back. */
export class RunningSessions {
  private readonly lock = new KeyedLock();
  private readonly runners = new Map<string, SessionRunner>();
  private readonly takingOver: PeriodicTask;
  private unsubscribe: (() => void) | undefined;
  private settingOut: Promise<void> = Promise.resolve();
  /** Claimed, and not handed to their runners yet. */
  private readonly toSetOut = new Map<string, Owned>();
  private isStopping = false;
  private readonly starts: StartLimiter;

  constructor(private readonly parts: RunningSessionsParts) {
    this.starts = new StartLimiter(parts.starts);
    const work = (): Promise<void> => this.takeOver();
    const { logger } = parts;
    this.takingOver = new PeriodicTask({ name: 'taking sessions over', everyMs: takeOverIntervalMs, work, logger });
  }

  /**
   * Brings back what ran when the last process ended, and from then on what another process leaves behind. Accounts that
   * are linked connect again without a person. Resolves once they count as connecting; they set out afterwards, since
   * hundreds of them take half a minute and the API is needed meanwhile.
   */
  async start(): Promise<void> {
    const { ownership, bus } = this.parts;
    ownership.onLost((sessionId) => {
      const runner = this.runners.get(sessionId);
      this.runners.delete(sessionId);
      if (runner) void this.runInBackground(sessionId, runner.abandon());
    });
    this.unsubscribe = bus.subscribe((event) => {
      const isOver = event.name === 'connection-status' && !isRunning(event.payload.status);
      if (isOver || event.name === 'session-deleted') void ownership.releaseUnused(event.sessionId);
    });
    this.settingOut = this.setOut(await this.claimFree());
    this.takingOver.start();
  }

  private async takeOver(): Promise<void> {
    const before = this.settingOut;
    const next = this.setOut(await this.claimFree());
    this.settingOut = before.then(() => next);
  }

  /** Takes the sessions that should run and that nobody runs. Whoever asks for one from now on hears that it connects. */
  private async claimFree(): Promise<SessionRecord[]> {
    const free = new Set(await this.parts.ownership.claimFree());
    if (free.size === 0) return [];
    const claimed = (await this.parts.store.listStarted()).filter(({ sessionId }) => free.has(sessionId));
    // What was true in an earlier process must not be heard before the first word of the new connection.
    const idsOf = (was: (state: SessionState) => boolean): string[] =>
      claimed.filter(({ state }) => was(state)).map(({ sessionId }) => sessionId);
    await this.parts.unitOfWork.run(async (tx) => {
      await this.parts.store.markState(
        tx,
        idsOf((state) => state === 'connected'),
        'connecting',
      );
      await this.parts.store.markState(tx, idsOf(isWaitingForLink), 'starting');
    });
    return claimed;
  }

  /** Those that were being linked begin anew: whoever had a code before them has a dead one now, and gets another. */
  private async setOut(claimed: readonly SessionRecord[]): Promise<void> {
    const limit = new Limit(settingOutAtOnce);
    const start = async (record: SessionRecord): Promise<void> => {
      if (!this.isStopping) await this.runInBackground(record.sessionId, this.runnerOf(record).start());
      this.toSetOut.delete(record.sessionId);
    };
    for (const record of claimed) this.toSetOut.set(record.sessionId, record);
    await Promise.all(claimed.map((record) => limit.run(() => start(record))));
  }

  /** Closes every socket. What should run stays marked so, for the next start. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.unsubscribe?.();
    await this.takingOver.stop();
    this.starts.stop();
    await Promise.allSettled([...this.runners.values()].map((runner) => runner.shutDown()));
  }

  /** Resolves when no change of a session is under way. */
  async drain(): Promise<void> {
    await this.settingOut;
    await this.lock.drain();
  }

  /** The session's connection while it is connected. */
  connectionOf(sessionId: string): GatewayConnection | undefined {
    return this.parts.ownership.owns(sessionId) ? this.runners.get(sessionId)?.usableConnection : undefined;
  }

  async startSession(sessionId: string): Promise<void> {
    await this.whileOurs(await this.parts.store.get(sessionId), (runner) => runner.start());
  }

  async stopSession(sessionId: string): Promise<void> {
    await this.whileOurs(await this.parts.store.get(sessionId), (runner) => runner.stop());
  }

  async restartSession(sessionId: string): Promise<void> {
    await this.whileOurs(await this.parts.store.get(sessionId), (runner) => runner.restart());
  }

  /** Unlinks the device. Already unlinked is success; `whatsapp_error` when WhatsApp did not confirm it. */
  async logoutSession(sessionId: string): Promise<void> {
    await this.whileOurs(await this.parts.store.get(sessionId), (runner) => runner.logout());
  }

  /** How the session's connection works here; of one that nobody runs here, nothing is known. */
  healthOf(sessionId: string): SessionHealth {
    return this.runners.get(sessionId)?.health.read() ?? noHealth;
  }

  /** The accounts that wait in this process for their turn to connect. */
  waitingToStart(): Owned[] {
    const waiting = new Map(this.toSetOut);
    for (const runner of this.runners.values()) if (runner.waitsForTurn) waiting.set(runner.sessionId, runner);
    return [...waiting.values()];
  }

  /** `conflict` when another process runs the session. */
  whileOurs<T>(record: SessionRecord, work: (runner: SessionRunner) => Promise<T>): Promise<T> {
    return this.parts.ownership.use(record.sessionId, () => work(this.runnerOf(record)));
  }

  /** Made when it is asked for; it does nothing by itself. */
  runnerOf({ sessionId, organizationId }: SessionRecord): SessionRunner {
    const known = this.runners.get(sessionId);
    if (known) return known;
    const listener = listenerOf(organizationId, this.parts.listener);
    const parts = { ...this.parts, listener, lock: this.lock, starts: this.starts };
    const runner = new SessionRunner(parts, sessionId, organizationId);
    this.runners.set(sessionId, runner);
    return runner;
  }

  /** Of a session that is deleted. */
  forget(sessionId: string): void {
    this.runners.delete(sessionId);
  }

  /** Resolves when the work is over, however it ended. */
  runInBackground(sessionId: string, work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => {
      this.parts.logger.error({ err: error, sessionId }, 'a session could not be started');
    });
  }
}
