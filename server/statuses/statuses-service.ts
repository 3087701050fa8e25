import type { Principal } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import type { AudiencesService, ResolvedAudience } from '../audiences/audiences-service.js';
import type { Audience } from '../contract/audiences.js';
import type { Page } from '../contract/envelope.js';
import { defaultLateByMinutes, nextFreeSlot, type PlanFields } from '../contract/planning/plans.js';
import type { Session } from '../contract/sessions.js';
import type { ListStatusesQuery, SendStatusBody, Status } from '../contract/statuses.js';
import type { Variables } from '../contract/variables.js';
import type { Keep, Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { EventBus } from '../events/event-bus.js';
import { AppError, notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { idCursor } from '../lib/cursors.js';
import { Hook } from '../lib/hook.js';
import { newId } from '../lib/ids.js';
import { Pages } from '../lib/page.js';
import type { PeopleChange, PeopleService } from '../people/people-service.js';
import type { PersonAddress, WhatsAppGateway } from '../whatsapp/gateway.js';
import {
  countStrangers,
  audienceOf,
  recipientsOf,
  requireVisibleAudience,
  resolveChosen,
  snapshotOf,
} from './chosen-audience.js';
import { audienceToLookUp, noPlan, type PlanRecord } from './plan.js';
import { plannedTime } from './planned-time.js';
import { readUntil, type Waiting } from './read-until.js';
import type { RecipientsStore } from './recipients-store.js';
import type { SlotsService } from '../slots/slots-service.js';
import type { Shown, StatusContents } from './status-contents.js';
import { maySettle, statusesUpdated } from './status-events.js';
import { visibleForMs } from './status-outcome.js';
import { isSettled, publicStatus, type StatusRecord } from './status.js';
import type { StatusesStore, UnsentKept } from './statuses-store.js';
import { fillerOf, missingVariables, refuseMissing, textsOf, type Filling } from './variables.js';
import { notConnected } from './waiting-reasons.js';

/** What posting needs to know of sessions. */
export interface SessionsOfStatuses {
  /** Throws `not_found` for a session that the principal may not see. */
  get(principal: Principal, sessionId: string): Promise<Session>;
}

export interface StatusesServiceParts {
  sessions: SessionsOfStatuses;
  gateway: Pick<WhatsAppGateway, 'isLinked' | 'newMessageId'>;
  people: PeopleService;
  audiences: Pick<AudiencesService, 'resolve' | 'sharedFacts'>;
  contents: StatusContents;
  statuses: StatusesStore;
  recipients: RecipientsStore;
  slots: Pick<SlotsService, 'coming' | 'take'>;
  quotas: Quotas;
  unitOfWork: UnitOfWork;
  bus: EventBus;
  clock: Clock;
}

/** Whom a status is for and when it goes out, as a request says it. */
export type Wishes = Pick<SendStatusBody, 'audience' | 'targetNumbers' | 'variables' | keyof PlanFields>;

interface Accepted {
  id: string;
  body: Wishes;
  shown: [Shown, ...Shown[]];
  chosen: { audience: Audience; resolved: ResolvedAudience };
  createdBy: string;
}

/** How a status is accepted, beyond what the request says. */
export interface SendOptions extends Waiting {
  keep?: Keep<Status>;
  /** When it is due, whatever the request says; epoch milliseconds. */
  dueAt?: number;
  plan?: Partial<PlanRecord>;
  /** Variables of the texts for which the request has no value: what all recipients have in common may be one. */
  missing?: readonly string[];
  /** What else commits with the status, or the statuses of a series. A rejection takes them back. */
  alongside?: (tx: Tx, first: StatusRecord, all: readonly StatusRecord[]) => Promise<void>;
}

const pages = new Pages(idCursor);
/** Of posts that never left: how many an account keeps, and of how many recipients. */
const unsentKept: UnsentKept = { posts: 1_000, recipients: 1_000_000 };

/** Accepting and reading statuses. Posting them is the queue's work. */
export class StatusesService {
  /** After the commit: a session has something to post. */
  readonly accepted = new Hook<[sessionId: string]>();
  /** In the same transaction: a status is new. */
  readonly inserted = new Hook<[tx: Tx, status: StatusRecord]>();

  constructor(private readonly parts: StatusesServiceParts) {}

  /**
   * Accepts a status into the session's queue, with the snapshot of its audience and the id it will have on WhatsApp.
   * It is posted as soon as the account is connected, or, planned for a time, then. With `waitMs` the answer comes with the
   * outcome, or after that time. Throws `not_connected` when the session is not linked to an account.
   */
  send(
    principal: Principal,
    sessionId: string,
    body: SendStatusBody,
    options: SendOptions = { waitMs: 0 },
  ): Promise<Status> {
    const show = (session: Session) => this.parts.contents.accept(principal, session, body);
    const missing = missingVariables(textsOf(body), body.variables);
    return this.sendShown(principal, sessionId, body, show, { ...options, missing });
  }

  /**
   * Throws `validation_error` when the texts of a post name a variable that nobody has a value for. With `unlessEmpty` nothing
   * is said where nobody is left of the audience: posting itself says so.
   */
  async requireVariables(
    principal: Principal,
    session: Session,
    body: SendStatusBody,
    { unlessEmpty = false } = {},
  ): Promise<void> {
    const missing = missingVariables(textsOf(body), body.variables);
    if (missing.length === 0) return;
    const audience = audienceOf(session, body);
    const resolved = await this.parts.audiences.resolve(session, audience);
    if (unlessEmpty && audience.kind !== 'self' && recipientsOf(resolved).length === 0) return;
    await this.sharedBy(principal, session, { audience, missing, resolved });
  }

  /**
   * As {@link send}, with what people are to see from elsewhere; it is asked for when the rest of the request is in order,
   * and told for how many people it is.
   */
  async sendShown(
    principal: Principal,
    sessionId: string,
    body: Wishes,
    show: (session: Session, peopleCount: number) => Promise<[Shown, ...Shown[]]>,
    options: SendOptions,
  ): Promise<Status> {
    const session = await this.parts.sessions.get(principal, sessionId);
    requireVisibleAudience(principal, body.audience);
    if (!(await this.parts.gateway.isLinked(sessionId))) {
      throw new AppError(
        'not_connected',
        'This session is not linked to a WhatsApp account. Link it by QR code or pairing code first, then send again.',
      );
    }
    const audience = audienceOf(session, body);
    const resolved = await resolveChosen(this.parts.audiences, session, audience);
    const { waitMs, missing = [] } = options;
    const shared = await this.sharedBy(principal, session, { audience, missing, resolved });
    const shown = await show(session, recipientsOf(resolved).length);
    const chosen = { audience, resolved };
    const id = newId();
    const wishes = { ...body, ...(body.variables && { variables: { ...shared, ...body.variables } }) };
    const request = { id, body: wishes, shown, chosen, createdBy: principal.name };
    const accepted = await this.accept(session, request, options);
    return waitMs > 0 && accepted.state !== 'scheduled'
      ? this.outcomeOf(sessionId, id, options)
      : publicStatus(accepted);
  }

  /** The status when it changes no more by itself, or as it is when the time is over. */
  async outcomeOf(sessionId: string, statusId: string, wait: Waiting): Promise<Status> {
    const settled = await readUntil(this.parts.bus, wait, {
      read: () => this.parts.statuses.find(sessionId, statusId),
      isDone: (status) => status === undefined || isSettled(status.state),
      isNews: (event) => event.sessionId === sessionId && maySettle(event),
    });
    if (!settled) throw new AppError('not_found', 'The session was deleted before the status went out.');
    return publicStatus(settled);
  }

  async get(sessionId: string, statusId: string): Promise<Status> {
    return publicStatus(await this.getRecord(sessionId, statusId));
  }

  /** Newest first, from the last 24 hours unless the query says otherwise; of one session, or of all the principal may see. */
  async list(principal: Principal, sessionId: string | null, query: ListStatusesQuery): Promise<Page<Status>> {
    const filter = {
      organizationId: principal.organizationId,
      sessionId: sessionId ?? principal.sessionId,
      state: query.state,
      type: query.type,
      from: this.listedFrom(query),
      to: query.to === undefined ? undefined : Date.parse(query.to),
    };
    const { records, total } = await this.parts.statuses.list(filter, pages.wanted(query));
    const { items, nextCursor } = pages.cut(records, query, ({ id }) => id);
    return { items: items.map(publicStatus), total, nextCursor };
  }

  /** For receipts: the statuses of a session that have these ids on WhatsApp. */
  listByMessageIds(tx: Tx, sessionId: string, messageIds: readonly string[]): Promise<StatusRecord[]> {
    return this.parts.statuses.listByMessageIds(tx, sessionId, messageIds);
  }

  /** Statuses by id, as they are inside the transaction. */
  listByIds(tx: Tx, ids: readonly string[]): Promise<StatusRecord[]> {
    return this.parts.statuses.listByIds(tx, ids);
  }

  /** Which of these people these statuses went, or go, to, as pairs; without those who are left out. */
  recipientsAmong(
    tx: Tx,
    statusIds: readonly string[],
    personIds: readonly string[],
  ): Promise<{ statusId: string; personId: string }[]> {
    return this.parts.recipients.among(tx, statusIds, personIds);
  }

  /**
   * Whether this person, of whom one form of address is known, may be somebody whom the status is for and of whom only the
   * other one is known.
   */
  async mayBeRecipient(tx: Tx, statusId: string, { phoneNumber, lid }: PersonAddress): Promise<boolean> {
    if (phoneNumber !== null && lid !== null) return false;
    return this.parts.recipients.hasUnknown(tx, statusId, lid === null ? 'phone_number' : 'lid');
  }

  /** Adds people who were new, or takes off those who turned out to be one, to the counters of one status. */
  addCounts(tx: Tx, statusId: string, gain: { delivered: number; viewed: number }): Promise<void> {
    return this.parts.statuses.addCounts(tx, statusId, gain);
  }

  async onMerges(tx: Tx, { merges }: PeopleChange): Promise<void> {
    await this.parts.recipients.move(tx, new Map(merges.map((merge) => [merge.goneId, merge.survivorId])));
  }

  /** Throws `not_found` unless the session has this status. */
  async getRecord(sessionId: string, statusId: string): Promise<StatusRecord> {
    const record = await this.parts.statuses.find(sessionId, statusId);
    if (!record) throw notFound('The status');
    return record;
  }

  /** Values of what is missing that all recipients have in common. Throws when one is not to be had. */
  private async sharedBy(
    principal: Principal,
    session: Session,
    { audience, resolved, missing }: { audience: Audience; resolved: ResolvedAudience; missing: readonly string[] },
  ): Promise<Variables> {
    if (missing.length === 0) return {};
    // Lists are nothing to the key of one session.
    if (principal.sessionId !== null) refuseMissing(missing);
    const people = recipientsOf(resolved);
    const { shared, differing } = await this.parts.audiences.sharedFacts(session, audience, people, missing);
    refuseMissing(
      missing.filter((name) => !Object.hasOwn(shared, name)),
      differing,
    );
    return shared;
  }

  private listedFrom({ from, state }: ListStatusesQuery): number {
    if (from !== undefined) return Date.parse(from);
    // What is still to come is of interest however long ago it was planned.
    return state === 'scheduled' || state === 'queued' ? 0 : this.parts.clock.now().getTime() - visibleForMs;
  }

  private async accept(session: Session, request: Accepted, options: SendOptions): Promise<StatusRecord> {
    const { people, statuses, recipients, contents, slots, quotas, unitOfWork, clock } = this.parts;
    const { keep, alongside } = options;
    const plannedAt = options.dueAt ?? plannedTime(request.body, clock.now().getTime());
    const isForSlot = plannedAt === undefined && request.body.scheduledAt === nextFreeSlot;
    const coming = isForSlot ? await slots.coming(session.sessionId) : undefined;
    return unitOfWork.run(async (tx) => {
      await quotas.require(tx, 'pendingStatus', session, request.shown.length);
      const chosen = recipientsOf(request.chosen.resolved);
      const strangers = countStrangers(chosen);
      const resolve = (): Promise<string[]> => people.resolveKnown(tx, session.sessionId, chosen);
      const personIds = [...new Set(await quotas.whileAdding(tx, 'person', session, strangers, resolve))];
      await quotas.require(tx, 'pendingRecipient', session, request.shown.length * personIds.length);
      const now = clock.now().getTime();
      const dueAt = coming ? await slots.take(tx, session.sessionId, coming) : plannedAt;
      const plan = { ...(dueAt !== undefined && plannedBy(request.body)), ...options.plan };
      const timeZone = plan.timeZone ?? request.body.timeZone ?? coming?.timeZone ?? 'UTC';
      const shown = filledParts(request, { session, timeZone, at: dueAt ?? now });
      await this.forgetUnsent(tx, session.sessionId, shown.length);
      const records = this.newRecords(session, { ...request, shown }, { now, personIds, dueAt, plan });
      for (const record of records) {
        await statuses.insert(tx, record);
        await contents.keepFile(tx, record);
        await recipients.insert(tx, record, personIds);
        await this.inserted.run(tx, record);
      }
      const [first] = records;
      await alongside?.(tx, first, records);
      await keep?.(tx, publicStatus(first));
      tx.emit(statusesUpdated(first));
      tx.afterCommit(() => void this.accepted.run(session.sessionId));
      return first;
    });
  }

  /** Who posts and cancels in a loop makes room by it: more is forgotten than comes. */
  private async forgetUnsent(tx: Tx, sessionId: string, coming: number): Promise<void> {
    const { statuses, contents } = this.parts;
    const forgotten = await statuses.forgetUnsent(tx, sessionId, unsentKept, coming + 1);
    for (const id of forgotten) await contents.leaveFile(tx, id);
  }

  /** One status, or a series of them for what is posted in parts. The first has the id of the request. */
  private newRecords(
    session: Session,
    { id, shown, chosen, createdBy }: Accepted,
    {
      now,
      personIds,
      dueAt,
      plan,
    }: { now: number; personIds: readonly string[]; dueAt: number | undefined; plan: Partial<PlanRecord> },
  ): [StatusRecord, ...StatusRecord[]] {
    const { audience, resolved } = chosen;
    const isLater = dueAt !== undefined && dueAt > now;
    const seriesId = shown.length > 1 ? newId() : undefined;
    const recordOf = (part: Shown, index: number): StatusRecord => ({
      id: index === 0 ? id : newId(),
      organizationId: session.organizationId,
      sessionId: session.sessionId,
      messageId: this.parts.gateway.newMessageId(accountOf(session)),
      ...part,
      state: isLater ? 'scheduled' : 'queued',
      errorCode: null,
      errorMessage: null,
      counts: { targeted: personIds.length, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0 },
      audience: snapshotOf(audience, resolved),
      leftOut: 0,
      deleteRequestedAt: null,
      revokeId: null,
      revokeAttempts: 0,
      takenBack: 0,
      deletionError: null,
      attempts: 0,
      createdBy,
      createdAt: now,
      updatedAt: now,
      scheduledAt: dueAt ?? null,
      startedAt: null,
      waitingUntil: null,
      waitingReason: isLater || session.connected ? null : notConnected,
      note: null,
      sentAt: null,
      expiresAt: null,
      plan: {
        ...noPlan,
        chosenAudience: audienceToLookUp(audience),
        ...(seriesId !== undefined && { series: { id: seriesId, position: index } }),
        ...plan,
      },
    });
    const [first, ...rest] = shown;
    return [recordOf(first, 0), ...rest.map((part, index) => recordOf(part, index + 1))];
  }
}

function filledParts({ shown, body: { variables } }: Accepted, filling: Omit<Filling, 'variables'>): Accepted['shown'] {
  if (variables === undefined) return shown;
  const [first, ...rest] = shown;
  const fill = fillerOf({ ...filling, variables });
  return [fill(first), ...rest.map(fill)];
}

/** What a request says about time, as it is kept. */
function plannedBy({ timeZone, lateByMinutes }: Wishes): Partial<PlanRecord> {
  return { timeZone: timeZone ?? null, lateByMinutes: lateByMinutes ?? defaultLateByMinutes };
}

function accountOf(session: Session) {
  if (session.jid === null) return null;
  const { jid, lid, pushName, ownNumber } = session;
  return { jid, lid, pushName, phoneNumber: ownNumber ?? '', deviceId: 0 };
}
