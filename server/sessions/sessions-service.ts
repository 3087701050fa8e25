import type { ApiKeys } from '../access/api-keys-service.js';
import { maySee, type Principal } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import type {
  CreateSessionBody,
  CreatedSession,
  DeletedSession,
  Device,
  PatchSessionBody,
  Session,
} from '../contract/sessions.js';
import { grownFrom, type Keep, keepNothing, type Kept, type UnitOfWork } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { timeCursor } from '../lib/cursors.js';
import { Pages } from '../lib/page.js';
import { Hook } from '../lib/hook.js';
import { type LinkingService, noCodes, type Waiting } from './linking-service.js';
import { behaviourColumns, newSession } from './new-session.js';
import type { Ownership } from './ownership.js';
import type { RunningSessions } from './running-sessions.js';
import {
  noSession,
  ownNumberOf,
  publicCounted,
  publicSession,
  type SessionRecord,
  sessionUpdatedEvent,
} from './session.js';
import type { SessionsStore } from './sessions-store.js';

const pages = new Pages(timeCursor);

export interface SessionsServiceParts {
  store: SessionsStore;
  apiKeys: Pick<ApiKeys, 'createForSession'>;
  ownership: Pick<Ownership, 'claimNew'>;
  running: RunningSessions;
  linking: LinkingService;
  quotas: Quotas;
  unitOfWork: UnitOfWork;
  clock: Clock;
}

/** Linked accounts as they are kept: making, reading, changing and deleting them. */
export class SessionsService {
  /** A session is gone from the database; what is left of it elsewhere, such as its files, goes now. */
  readonly deleted = new Hook<[sessionId: string]>();

  constructor(private readonly parts: SessionsServiceParts) {}

  /**
   * Makes a session with a key that can use only it, and starts it unless told otherwise. With a time to wait the answer
   * comes with the first code to scan or type. `conflict` for a taken id.
   */
  async create<K>(
    principal: Principal,
    body: CreateSessionBody,
    { keep = keepNothing, ...waiting }: Waiting & { keep?: Keep<CreatedSession, K> } = { waitMs: 0 },
  ): Promise<Kept<CreatedSession, K>> {
    const record = newSession(principal, body, this.parts.clock);
    const kept = await this.parts.unitOfWork.run(async (tx) => {
      await this.parts.quotas.require(tx, 'session', { organizationId: record.organizationId });
      if (!(await this.parts.store.insert(tx, record))) {
        throw new AppError('conflict', `The session id "${record.sessionId}" is taken.`);
      }
      if (body.start) await this.parts.ownership.claimNew(tx, record.sessionId);
      const { sessionId, organizationId, name, createdBy } = record;
      tx.emit({ name: 'session-created', organizationId, sessionId, payload: publicSession(record, 0) });
      const apiKey = await this.parts.apiKeys.createForSession(tx, { sessionId, organizationId, name, createdBy });
      return keep(tx, { ...publicSession(record, 0), apiKey, ...noCodes });
    });
    const { sessionId } = record;
    if (body.start) {
      const started = this.parts.running.whileOurs(record, (runner) => runner.start());
      void this.parts.running.runInBackground(sessionId, started);
    }
    const codes = await this.parts.linking.firstCodes(principal, sessionId, body.start ? waiting : { waitMs: 0 });
    const session = waiting.waitMs > 0 ? await this.get(principal, sessionId) : publicSession(record, 0);
    return grownFrom<CreatedSession, K>(kept, { ...session, apiKey: kept.apiKey, ...codes });
  }

  /** Oldest first. */
  async list(principal: Principal, query: PageQuery): Promise<Page<Session>> {
    const { sessions, total } = await this.parts.store.list(principal, pages.wanted(query));
    const { items, nextCursor } = pages.cut(sessions, query, ({ record: { createdAt, sessionId } }) => ({
      at: createdAt.getTime(),
      id: sessionId,
    }));
    return { items: items.map((counted) => publicCounted(counted, this.parts.clock.now())), total, nextCursor };
  }

  /** Throws `not_found` for a session that the principal may not see. */
  async get(principal: Principal, sessionId: string): Promise<Session> {
    const found = await this.parts.store.findCounted(sessionId);
    if (found === undefined || !maySee(principal, found.record)) throw noSession(sessionId);
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

  /** The linked device. `not_connected` when there is none. */
  async device(sessionId: string): Promise<Device> {
    const record = await this.parts.store.get(sessionId);
    const { jid, deviceId, lid, pushName, platform } = record;
    const phoneNumber = ownNumberOf(record);
    if (jid === null || deviceId === null || phoneNumber === null) {
      throw new AppError('not_connected', 'The session is not linked to an account.');
    }
    return { deviceId, jid, phoneNumber, lid, pushName, platform };
  }

  private remove(record: SessionRecord): Promise<boolean | null> {
    const { sessionId, organizationId } = record;
    return this.parts.running.whileOurs(record, (runner) =>
      runner.remove(async () => {
        await this.parts.unitOfWork.run(async (tx) => {
          if (!(await this.parts.store.delete(tx, sessionId))) return;
          tx.emit({ name: 'session-deleted', organizationId, sessionId, payload: { sessionId } });
        });
        this.parts.running.forget(sessionId);
        await this.deleted.run(sessionId);
      }),
    );
  }
}
