import type { Principal } from '../access/principal.js';
import type { Page } from '../contract/envelope.js';
import type { ListStatusesQuery, Status, StatusCounts } from '../contract/statuses.js';
import type { Tx } from '../db/unit-of-work.js';
import type { EventBus } from '../events/event-bus.js';
import { AppError, notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { idCursor } from '../lib/cursors.js';
import { Hook } from '../lib/hook.js';
import { Pages, type WantedPage } from '../lib/page.js';
import type { PeopleChange } from '../people/people-service.js';
import type { PersonAddress } from '../whatsapp/gateway.js';
import { readUntil, type Waiting } from './read-until.js';
import type { RecipientState, RecipientsStore } from './recipients-store.js';
import { maySettle } from './status-events.js';
import { visibleForMs } from './status-outcome.js';
import { type CountsGain, isSettled, publicStatus, type StatusRecord } from './status.js';
import type { StatusesStore } from './statuses-store.js';

const pages = new Pages(idCursor);

/** Reading statuses, and counting who got and saw them. */
export class StatusesService {
  /** It is not kept any more that these people got a status. Called in the transaction that forgets it. */
  readonly recipientsForgotten = new Hook<[tx: Tx, status: StatusRecord, personIds: readonly string[]]>();

  constructor(
    private readonly store: StatusesStore,
    private readonly recipients: RecipientsStore,
    private readonly bus: EventBus,
    private readonly clock: Clock,
  ) {}

  /** The status when it changes no more by itself, or as it is when the time is over. */
  async outcomeOf(sessionId: string, statusId: string, wait: Waiting): Promise<Status> {
    const settled = await readUntil(this.bus, wait, {
      read: () => this.find(sessionId, statusId),
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
    const { records, total } = await this.store.list(filter, pages.wanted(query));
    const { items, nextCursor } = pages.cut(records, query, ({ id }) => id);
    return { items: items.map(publicStatus), total, nextCursor };
  }

  /** For receipts: the statuses of a session that have these ids on WhatsApp. */
  listByMessageIds(tx: Tx, sessionId: string, messageIds: readonly string[]): Promise<StatusRecord[]> {
    return this.store.listByMessageIds(tx, sessionId, messageIds);
  }

  /** Statuses by id, as they are inside the transaction. */
  listByIds(tx: Tx, ids: readonly string[]): Promise<StatusRecord[]> {
    return this.store.listByIds(tx, ids);
  }

  /** Which of these people these statuses went, or go, to, as pairs; without those who are left out. */
  recipientsAmong(
    tx: Tx,
    statusIds: readonly string[],
    personIds: readonly string[],
  ): Promise<{ statusId: string; personId: string }[]> {
    return this.recipients.among(tx, statusIds, personIds);
  }

  /** Undefined when the session has no such status. With `tx`: as it is inside the transaction. */
  find(sessionId: string, statusId: string, tx?: Tx): Promise<StatusRecord | undefined> {
    return this.store.find(sessionId, statusId, tx);
  }

  /** In the order in which they go out. */
  listSeries(sessionId: string, seriesId: string): Promise<StatusRecord[]> {
    return this.store.listSeries(sessionId, seriesId);
  }

  /** Ids of A/B tests, the newest first. */
  listExperimentIds(sessionId: string, page: WantedPage<string>): Promise<{ ids: string[]; total: number }> {
    return this.store.listExperimentIds(sessionId, page);
  }

  /** The versions of these A/B tests. */
  listExperiments(sessionId: string, experimentIds: readonly string[]): Promise<StatusRecord[]> {
    return this.store.listExperiments(sessionId, experimentIds);
  }

  /** Which of these are still to be posted. */
  listWaiting(statusIds: readonly string[]): Promise<Set<string>> {
    return this.store.listWaiting(statusIds);
  }

  /** Sessions with something in the queue or in work. */
  sessionsWithWork(): Promise<string[]> {
    return this.store.sessionsWithWork();
  }

  /** How long the session's last posts took for each person; undefined when there were none. */
  recentMsPerPerson(sessionId: string): Promise<number | undefined> {
    return this.store.recentMsPerPerson(sessionId);
  }

  /**
   * Whether this person, of whom one form of address is known, may be somebody whom the status is for and of whom only the
   * other one is known.
   */
  async mayBeRecipient(tx: Tx, statusId: string, { phoneNumber, lid }: PersonAddress): Promise<boolean> {
    if (phoneNumber !== null && lid !== null) return false;
    return this.recipients.hasUnknown(tx, statusId, lid === null ? 'phone_number' : 'lid');
  }

  /** Adds people who were new, or takes off those who turned out to be one, to the counters of one status. */
  addCounts(tx: Tx, statusId: string, gain: CountsGain): Promise<void> {
    return this.store.addCounts(tx, statusId, gain);
  }

  /** So many more people opened a link of it. The counts by now; undefined when it is gone. */
  addClicked(tx: Tx, statusId: string, people: number): Promise<StatusCounts | undefined> {
    return this.store.addClicked(tx, statusId, people);
  }

  /** One more device could not open it. */
  addRetry(tx: Tx, statusId: string): Promise<void> {
    return this.store.addRetry(tx, statusId);
  }

  async onMerges(tx: Tx, { merges }: PeopleChange): Promise<void> {
    const survivors = new Map(merges.map((merge) => [merge.goneId, merge.survivorId]));
    const moved = await this.recipients.move(tx, survivors);
    if (moved.length === 0) return;
    const left = await this.recipients.keepOneVersion(tx, [...new Set(survivors.values())]);
    await this.store.recount(tx, [...new Set([...moved, ...left])]);
  }

  /** Forgets that somebody was a recipient, of at most so many statuses. The counts of what went out stay. How many there were. */
  async forgetPerson(tx: Tx, personId: string, atMost: number): Promise<number> {
    const gone = await this.recipients.forgetPerson(tx, personId, atMost);
    const of = (isMeant: (outcome: RecipientState) => boolean): string[] =>
      gone.filter(({ outcome }) => isMeant(outcome)).map(({ statusId }) => statusId);
    await this.store.addGone(tx, {
      included: of((outcome) => outcome === 'included'),
      leftOut: of((outcome) => outcome !== 'included' && outcome !== 'pending'),
      pending: of((outcome) => outcome === 'pending'),
    });
    return gone.length;
  }

  /**
   * Forgets at most so many recipients of a status. The counts stay, and the status says since when it is not kept who they were.
   * How many there were: fewer than `atMost` means that nobody is left.
   */
  async forgetRecipients(tx: Tx, statusId: string, atMost: number): Promise<number> {
    const { rows, included, leftOut } = await this.recipients.forgetOf(tx, statusId, atMost);
    const [status] = included.length > 0 ? await this.store.listByIds(tx, [statusId]) : [];
    if (status) await this.recipientsForgotten.run(tx, status, included);
    const at = this.clock.now().getTime();
    await this.store.forgetPeople(tx, statusId, { included: included.length, leftOut, isAll: rows < atMost, at });
    return rows;
  }

  /** Which of these are over since a time. Nobody else changes those before the transaction ends. */
  lockOver(tx: Tx, statusIds: readonly string[], before: number): Promise<string[]> {
    return this.store.lockOver(tx, statusIds, before);
  }

  /** Forgets a status with all that is kept of it; there may be little of that by then, since it goes at once. */
  forget(tx: Tx, statusId: string): Promise<void> {
    return this.store.delete(tx, statusId);
  }

  /** Throws `not_found` unless the session has this status. */
  async getRecord(sessionId: string, statusId: string): Promise<StatusRecord> {
    const record = await this.store.find(sessionId, statusId);
    if (!record) throw notFound('The status');
    return record;
  }

  private listedFrom({ from, state }: ListStatusesQuery): number {
    if (from !== undefined) return Date.parse(from);
    // What is still to come is of interest however long ago it was planned.
    return state === 'scheduled' || state === 'queued' ? 0 : this.clock.now().getTime() - visibleForMs;
  }
}
