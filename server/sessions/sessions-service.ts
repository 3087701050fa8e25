import type { ApiKeys } from '../access/api-keys-service.js';
import { type Owned, type Principal, maySee } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import type { AccountHealth } from '../contract/monitoring.js';
import type {
  CreateSessionBody,
  CreatedSession,
  DeletedSession,
  Device,
  PatchSessionBody,
  Session,
  SessionState,
} from '../contract/sessions.js';
import type { Keep } from '../db/unit-of-work.js';
import { AppError, notFound } from '../lib/app-error.js';
import { KeyedLock } from '../lib/running/keyed-lock.js';
import { Limit } from '../lib/limit.js';
import { PeriodicTask } from '../lib/running/periodic-task.js';
import type { GatewayConnection } from '../whatsapp/gateway.js';
import { LinkingService, noCodes, type Waiting } from './linking-service.js';
import type { Ownership } from './ownership.js';
import { newSession } from './new-session.js';
import { listenerOf, type RunnerParts } from './runner-parts.js';
import { type SessionRecord, ownNumberOf, publicCounted, publicSession, sessionUpdatedEvent } from './session.js';
import { decodeSessionCursor, encodeSessionCursor } from './session-cursor.js';
import { noHealth } from './session-health.js';
import { SessionRunner } from './session-runner.js';
import { behaviourColumns } from './session-settings.js';
import { isRunning, isWaitingForLink } from './session-states.js';
import { StartLimiter, type StartLimits } from './start-limiter.js';

export interface SessionsServiceParts extends Omit<RunnerParts, 'lock' | 'starts'> {
  starts: StartLimits;
  apiKeys: Pick<ApiKeys, 'createForSession'>;
  ownership: Ownership;
  quotas: Quotas;
}

/** So many begin at the same time: each writes to the database, and so do those who ask for something meanwhile. */
const settingOutAtOnce = 4;
/** How often a process looks for sessions whose process has ended. */
const takeOverIntervalMs = 500;

/** Linked accounts: making, running, reading and deleting them. */
export class SessionsService {
  private readonly lock = new KeyedLock();
  private readonly runners = new Map<string, SessionRunner>();
  readonly linking: LinkingService;

  private readonly takingOver: PeriodicTask;
  private unsubscribe: (() => void) | undefined;
  private settingOut: Promise<void> = Promise.resolve();
  /** Claimed, and not handed to their runners yet. */
  private readonly toSetOut = new Map<string, Owned>();
  private isStopping = false;
  private readonly starts: StartLimiter;
  private readonly onDeleted: ((sessionId: string) => Promise<void>)[] = [];

  constructor(private readonly parts: SessionsServiceParts) {
    this.starts = new StartLimiter(parts.starts);
    this.linking = new LinkingService({
      ...parts,
      runnerOf: (record) => this.runnerOf(record),
      healthOf: (sessionId) => this.healthOf(sessionId),
    });
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
    const free = new Set(await this.parts.ownership.takeFree());
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

  /**
   * Makes a session with a key that can use only it, and starts it unless told otherwise. With a time to wait the answer
   * comes with the first code to scan or type. `conflict` for a taken id.
   */
  async create(
    principal: Principal,
    body: CreateSessionBody,
    { keep, ...waiting }: Waiting & { keep?: Keep<CreatedSession> } = { waitMs: 0 },
  ): Promise<CreatedSession> {
    const record = newSession(principal, body, this.parts.clock);
    const apiKey = await this.parts.unitOfWork.run(async (tx) => {
      await this.parts.quotas.require(tx, 'session', { organizationId: record.organizationId });
      if (!(await this.parts.store.insert(tx, record))) {
        throw new AppError('conflict', `The session id "${record.sessionId}" is taken.`);
      }
      if (body.start) await this.parts.ownership.claimNew(tx, record.sessionId);
      const { sessionId, organizationId, name, createdBy } = record;
      tx.emit({ name: 'session-created', organizationId, sessionId, payload: publicSession(record, 0) });
      const key = await this.parts.apiKeys.createForSession(tx, { sessionId, organizationId, name, createdBy });
      await keep?.(tx, { ...publicSession(record, 0), apiKey: key, ...noCodes });
      return key;
    });
    const { sessionId } = record;
    if (body.start) {
      const started = this.whileOurs(record, (runner) => runner.start());
      void this.runInBackground(sessionId, started);
    }
    const codes = await this.linking.firstCodes(principal, sessionId, body.start ? waiting : { waitMs: 0 });
    const session = waiting.waitMs > 0 ? await this.get(principal, sessionId) : publicSession(record, 0);
    return { ...session, apiKey, ...codes };
  }

  /** Oldest first. */
  async list(principal: Principal, query: PageQuery): Promise<Page<Session>> {
    const { organizationId, sessionId } = principal;
    const after = query.cursor === undefined ? undefined : decodeSessionCursor(query.cursor);
    const { sessions, total } = await this.parts.store.list(
      { organizationId, sessionId },
      { limit: query.limit + 1, after },
    );
    const page = sessions.slice(0, query.limit);
    const last = page.at(-1)?.record;
    return {
      items: page.map((counted) => publicCounted(counted, this.parts.clock.now())),
      total,
      nextCursor: sessions.length > query.limit && last ? encodeSessionCursor(last) : null,
    };
  }

  /** Throws `not_found` for a session that the principal may not see. */
  async get(principal: Principal, sessionId: string): Promise<Session> {
    const found = await this.parts.store.findCounted(sessionId);
    if (found === undefined || !maySee(principal, found.record)) throw notFound(`The session "${sessionId}"`);
    return publicCounted(found, this.parts.clock.now());
  }

  /** Changes what is given; the rest stays. */
  async update(principal: Principal, sessionId: string, body: PatchSessionBody): Promise<Session> {
    const { sessionName, ...behaviour } = body;
    const changes: Partial<SessionRecord> = behaviourColumns(behaviour);
    if (sessionName !== undefined) changes.name = sessionName;
    await this.parts.unitOfWork.run(async (tx) => {
      const updated = await this.parts.store.update(tx, sessionId, { ...changes, updatedAt: this.parts.clock.now() });
      if (updated) tx.emit(sessionUpdatedEvent(updated));
    });
    return this.get(principal, sessionId);
  }

  /**
   * Unlinks the device and deletes everything of the session. An account that is not connected is connected for a moment
   * to do so. Already gone is success.
   */
  async delete(sessionId: string): Promise<DeletedSession> {
    const record = await this.parts.store.find(sessionId);
    const deviceUnlinked = record === undefined ? null : await this.remove(record);
    const message =
      deviceUnlinked === false
        ? 'The session is deleted, but WhatsApp did not confirm that its device is unlinked. Open “Linked devices” in WhatsApp on the phone and remove it if it is still listed.'
        : 'The session is deleted.';
    return { sessionId, deviceUnlinked, message };
  }

  async startSession(sessionId: string): Promise<void> {
    await this.whileOurs(await this.getRecord(sessionId), (runner) => runner.start());
  }

  async stopSession(sessionId: string): Promise<void> {
    await this.whileOurs(await this.getRecord(sessionId), (runner) => runner.stop());
  }

  async restartSession(sessionId: string): Promise<void> {
    await this.whileOurs(await this.getRecord(sessionId), (runner) => runner.restart());
  }

  /** Unlinks the device. Already unlinked is success; `whatsapp_error` when WhatsApp did not confirm it. */
  async logoutSession(sessionId: string): Promise<void> {
    await this.whileOurs(await this.getRecord(sessionId), (runner) => runner.logout());
  }

  /** The linked device. `not_connected` when there is none. */
  async device(sessionId: string): Promise<Device> {
    const record = await this.getRecord(sessionId);
    const { jid, deviceId, lid, pushName, platform } = record;
    const phoneNumber = ownNumberOf(record);
    if (jid === null || deviceId === null || phoneNumber === null) {
      throw new AppError('not_connected', 'The session is not linked to an account.');
    }
    return { deviceId, jid, phoneNumber, lid, pushName, platform };
  }

  /** How the accounts that the principal may see work; at most `limit`, those that are not connected first. */
  async accountsHealth({ organizationId, sessionId }: Principal, limit: number): Promise<AccountHealth[]> {
    const records = await this.parts.store.listForHealth({ organizationId, sessionId }, limit);
    return records.map((record) => ({
      sessionId: record.sessionId,
      state: record.state,
      message: record.lastError?.message ?? null,
      ...this.healthOf(record.sessionId),
    }));
  }

  /** How many of the accounts that the principal may see wait in this process for their turn to connect. */
  accountsToStart(principal: Principal): number {
    const waiting = new Map(this.toSetOut);
    for (const runner of this.runners.values()) if (runner.waitsForTurn) waiting.set(runner.sessionId, runner);
    return [...waiting.values()].filter((account) => maySee(principal, account)).length;
  }

  /** Who cleans up outside the database when a session is deleted, such as its files. Called after the deletion. */
  tellDeleted(listener: (sessionId: string) => Promise<void>): void {
    this.onDeleted.push(listener);
  }

  private healthOf(sessionId: string) {
    return this.runners.get(sessionId)?.health.read() ?? noHealth;
  }

  private remove(record: SessionRecord): Promise<boolean | null> {
    const { sessionId, organizationId } = record;
    return this.whileOurs(record, (runner) =>
      runner.remove(async () => {
        await this.parts.unitOfWork.run(async (tx) => {
          if (!(await this.parts.store.delete(tx, sessionId))) return;
          tx.emit({ name: 'session-deleted', organizationId, sessionId, payload: { sessionId } });
        });
        this.runners.delete(sessionId);
        for (const listener of this.onDeleted) await listener(sessionId);
      }),
    );
  }

  private async getRecord(sessionId: string): Promise<SessionRecord> {
    const record = await this.parts.store.find(sessionId);
    if (record === undefined) throw notFound(`The session "${sessionId}"`);
    return record;
  }

  /** `conflict` when another process runs the session. */
  private whileOurs<T>(record: SessionRecord, work: (runner: SessionRunner) => Promise<T>): Promise<T> {
    return this.parts.ownership.use(record.sessionId, () => work(this.runnerOf(record)));
  }

  private runnerOf({ sessionId, organizationId }: SessionRecord): SessionRunner {
    const known = this.runners.get(sessionId);
    if (known) return known;
    const listener = listenerOf(organizationId, this.parts.listener);
    const parts = { ...this.parts, listener, lock: this.lock, starts: this.starts };
    const runner = new SessionRunner(parts, sessionId, organizationId);
    this.runners.set(sessionId, runner);
    return runner;
  }

  /** Resolves when the work is over, however it ended. */
  private runInBackground(sessionId: string, work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => {
      this.parts.logger.error({ err: error, sessionId }, 'a session could not be started');
    });
  }
}
