import { requireVisible, type Principal } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import {
  maxBroadcastAccounts,
  type Broadcast,
  type BroadcastAccount,
  type BroadcastSummary,
  type CreateBroadcastBody,
} from '../contract/planning/broadcasts.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import { quoted } from '../contract/values/quoted.js';
import type { Session } from '../contract/sessions.js';
import type { SendStatusBody } from '../contract/statuses.js';
import { grownFrom, type Keep, keepNothing, type Kept, type UnitOfWork } from '../db/unit-of-work.js';
import type { EventBus } from '../events/event-bus.js';
import { AppError, isFieldFailure, validationError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { idCursor } from '../lib/cursors.js';
import { newId } from '../lib/ids.js';
import { Pages } from '../lib/page.js';
import { timestamp, timestampOrNull } from '../lib/timestamp.js';
import type { FileUses } from '../media/file-uses.js';
import type { UploadUseRecord } from '../media/upload.js';
import { plannedTime } from '../statuses/planned-time.js';
import { readUntil, type Waiting } from '../statuses/read-until.js';
import { sumOfCounts } from '../statuses/status.js';
import { maySettle } from '../statuses/status-events.js';
import type { StatusChangesService } from '../statuses/status-changes-service.js';
import type { AcceptingService } from '../statuses/accepting-service.js';
import type { BroadcastRecord, BroadcastsStore } from './broadcasts-store.js';

export interface SessionsOfBroadcasts {
  get(principal: Principal, sessionId: string): Promise<Session>;
  list(principal: Principal, query: PageQuery): Promise<Page<Session>>;
}

export interface BroadcastsServiceParts {
  store: BroadcastsStore;
  fileUses: FileUses;
  sessions: SessionsOfBroadcasts;
  accepting: Pick<AcceptingService, 'requireVariables' | 'requireTrackable'>;
  changes: Pick<StatusChangesService, 'delete'>;
  quotas: Quotas;
  unitOfWork: UnitOfWork;
  bus: Pick<EventBus, 'subscribe'>;
  clock: Clock;
}

const pages = new Pages(idCursor);
const sessionsPerPage = 500;
/** Of those that were canceled before any account had a post: how many an organization keeps. */
const canceledKept = 1_000;
/** Each may have a thousand accounts. */
const forgottenAtOnce = 20;

/** One post on many accounts. Each account gets a status of its own, once, also when a process ends in the middle. */
export class BroadcastsService {
  constructor(private readonly parts: BroadcastsServiceParts) {}

  /**
   * Throws `not_found` for an account or a file that is not to be seen, `validation_error` for a variable that has no value on
   * one of the accounts and for more accounts than one broadcast may have. With `waitMs` the answer comes when nothing of it is to
   * come any more but what is planned for later, or after that time.
   */
  async create<K>(
    principal: Principal,
    body: CreateBroadcastBody,
    { keep = keepNothing, ...wait }: Waiting & { keep?: Keep<Broadcast, K> } = { waitMs: 0 },
  ): Promise<Kept<Broadcast, K>> {
    const { sessionIds: _ids, all: _all, staggerSeconds = 0, variables, ...status } = body;
    const sessions = await this.accountsOf(principal, body);
    const [first] = sessions;
    if (!first) throw new AppError('conflict', 'There is no account to post on.');
    const { organizationId } = first;
    if (sessions.some((session) => session.organizationId !== organizationId)) {
      throw validationError('sessionIds', 'All accounts must belong to one organization.');
    }
    this.parts.accepting.requireTrackable({ ...status, variables });
    await this.requireVariables(principal, sessions, { ...status, variables });
    const now = this.parts.clock.now().getTime();
    // Which slot is free, each account finds out by itself.
    const startsAt = plannedTime(status, now);
    const record: BroadcastRecord = {
      id: newId(),
      organizationId,
      post: { status, variables },
      startsAt: startsAt ?? now,
      staggerSeconds,
      canceledAt: null,
      createdBy: principal.name,
      createdAt: now,
      accountCount: sessions.length,
    };
    const sessionIds = [...new Set(sessions.map((session) => session.sessionId))];
    const accepted = broadcastOf({ ...record, accountCount: sessionIds.length }, sessionIds.map(pendingOn));
    const { fileUses, quotas, store, unitOfWork } = this.parts;
    await fileUses.require(principal, organizationId, [status]);
    const kept = await unitOfWork.run(async (tx) => {
      await quotas.require(tx, 'pendingBroadcast', { organizationId });
      // Who makes and cancels them in a loop makes room by it: more are forgotten than come.
      await store.forgetCanceled(tx, organizationId, canceledKept, 2);
      await store.insert(tx, record, sessionIds);
      await fileUses.add(tx, useOf(record), [status]);
      return keep(tx, accepted);
    });
    if (wait.waitMs === 0) return kept;
    const accounts = new Set<string | null>(sessionIds);
    const outcome = await readUntil(this.parts.bus, wait, {
      read: () => this.get(principal, record.id),
      isDone: isOver,
      isNews: (event) => accounts.has(event.sessionId) && maySettle(event),
    });
    return grownFrom<Broadcast, K>(kept, outcome);
  }

  async list(principal: Principal, query: PageQuery): Promise<Page<BroadcastSummary>> {
    const { records, total } = await this.parts.store.list(principal.organizationId, pages.wanted(query));
    const { items, nextCursor } = pages.cut(records, query, ({ id }) => id);
    return { items: items.map(summaryOf), total, nextCursor };
  }

  async get(principal: Principal, id: string): Promise<Broadcast> {
    return broadcastOf(await this.getRecord(principal, id), await this.parts.store.listAccounts(id));
  }

  /** Keeps back what has not gone out yet. What has stays on WhatsApp: delete it there one by one. */
  async cancel(principal: Principal, id: string): Promise<Broadcast> {
    const record = await this.getRecord(principal, id);
    const { fileUses, store, changes, unitOfWork, clock } = this.parts;
    await unitOfWork.run(async (tx) => {
      await store.cancel(tx, id, clock.now().getTime());
      await fileUses.drop(tx, useOf(record));
    });
    for (const { sessionId, statusId, status } of await store.listAccounts(id)) {
      if (statusId !== null && (status === 'scheduled' || status === 'queued'))
        await changes.delete(sessionId, statusId);
    }
    return this.get(principal, id);
  }

  /** Forgets some that began before a time and of which no post is left. */
  async forgetBefore(before: number, atMost: number): Promise<{ forgotten: number; hasMore: boolean }> {
    const some = Math.min(forgottenAtOnce, atMost);
    const forgotten = await this.parts.unitOfWork.run((tx) => this.parts.store.deleteBefore(tx, before, some));
    return { forgotten, hasMore: forgotten === some };
  }

  /** What people have in common may differ from account to account: by who opted out, viewed, or is in the address book. */
  private async requireVariables(
    principal: Principal,
    sessions: readonly Session[],
    body: SendStatusBody,
  ): Promise<void> {
    for (const session of sessions) {
      try {
        await this.parts.accepting.requireVariables(principal, session, body, { unlessEmpty: true });
      } catch (error) {
        const isOfAccount = sessions.length > 1 && error instanceof AppError && isFieldFailure(error);
        if (!isOfAccount) throw error;
        const { sessionName, sessionId } = session;
        throw validationError('variables', `On the account ${quoted(sessionName)} (${sessionId}): ${error.message}`);
      }
    }
  }

  private async accountsOf(principal: Principal, { sessionIds }: CreateBroadcastBody): Promise<Session[]> {
    const { sessions } = this.parts;
    if (sessionIds) return Promise.all(sessionIds.map((sessionId) => sessions.get(principal, sessionId)));
    const own = { ...principal, organizationId: principal.organizationId ?? 'default' };
    const accounts: Session[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await sessions.list(own, { limit: sessionsPerPage, ...(cursor !== undefined && { cursor }) });
      if (page.total > maxBroadcastAccounts) throw tooMany(page.total);
      accounts.push(...page.items);
      cursor = page.nextCursor;
    }
    return accounts;
  }

  private async getRecord(principal: Principal, id: string): Promise<BroadcastRecord> {
    const record = await this.parts.store.find(id);
    requireVisible(principal, record && { organizationId: record.organizationId, sessionId: null }, 'The broadcast');
    if (!record) throw new AppError('not_found', 'The broadcast was not found.');
    return record;
  }
}

/** Until every account has a status of its own, which then needs the file itself. */
export function useOf({ id, organizationId }: BroadcastRecord): UploadUseRecord {
  return { kind: 'broadcast', usedBy: id, organizationId, sessionId: null };
}

/** A broadcast with what became of it on each account, and all together. */
function broadcastOf(record: BroadcastRecord, accounts: BroadcastAccount[]): Broadcast {
  const states: Record<string, number> = {};
  for (const account of accounts) {
    const state = account.status ?? account.state;
    states[state] = (states[state] ?? 0) + 1;
  }
  const counts = sumOfCounts(accounts.flatMap((account) => account.counts ?? []));
  return { ...summaryOf(record), counts, states, accounts };
}

function pendingOn(sessionId: string): BroadcastAccount {
  return { sessionId, state: 'pending', statusId: null, status: null, counts: null, error: null };
}

/** Nothing of it is to come any more but what is planned for later. */
function isOver({ accounts }: Broadcast): boolean {
  return accounts.every(({ state, status }) => state !== 'pending' && status !== 'queued' && status !== 'sending');
}

function tooMany(count: number): AppError {
  const [all, most] = [count, maxBroadcastAccounts].map((number) => number.toLocaleString('en'));
  return validationError(
    'all',
    `There are ${String(all)} accounts, and one broadcast may have ${String(most)}. Name them in "sessionIds" of several broadcasts.`,
  );
}

function summaryOf(record: BroadcastRecord): BroadcastSummary {
  const { status } = record.post;
  return {
    id: record.id,
    organizationId: record.organizationId,
    type: status.type,
    content: status.content,
    startsAt: timestamp(record.startsAt),
    staggerSeconds: record.staggerSeconds,
    canceledAt: timestampOrNull(record.canceledAt),
    createdBy: record.createdBy,
    createdAt: timestamp(record.createdAt),
    accountCount: record.accountCount,
  };
}
