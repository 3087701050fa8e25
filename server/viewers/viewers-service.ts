import type { Page, PageQuery } from '../contract/envelope.js';
import type { ListViewersQuery, Viewer } from '../contract/viewers.js';
import { isAboutData, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import { Batcher } from '../lib/running/batcher.js';
import { forCaller, partyServed } from '../lib/caller-scope.js';
import type { Clock } from '../lib/clock.js';
import { Hook } from '../lib/hook.js';
import { inHalves } from '../lib/running/in-halves.js';
import type { Logger } from '../lib/logger.js';
import type { PersonNamed } from '../people/erased-person.js';
import type { PeopleChange, PeopleService } from '../people/people-service.js';
import type { PeopleScope } from '../people/person.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import { forgottenPeople, notKeptWho } from '../statuses/forgotten-people.js';
import { statusesUpdated } from '../statuses/status-events.js';
import type { StatusRecord } from '../statuses/status.js';
import type { PersonAddress, StatusReceipt } from '../whatsapp/gateway.js';
import type { OldPeopleReportStore } from './old-people-report-store.js';
import type { PendingReceiptsStore } from './pending-receipts-store.js';
import { foldFacts, gainsOf, viewKey, type Fact, type ViewChange } from './view.js';
import { pagesIn, type PlaceAmongViewers } from './viewers-cursor.js';
import { orderOf } from './viewers-order.js';
import type { ViewersReportStore } from './viewers-report-store.js';
import type { ViewsStore } from './views-store.js';

export interface ViewersServiceParts {
  statuses: StatusesService;
  people: PeopleService;
  views: ViewsStore;
  viewers: ViewersReportStore;
  pending: PendingReceiptsStore;
  old: OldPeopleReportStore;
  unitOfWork: UnitOfWork;
  clock: Clock;
  logger: Logger;
}

type ViewersWish = Pick<ListViewersQuery, 'only' | 'search' | 'sort' | 'order'>;

interface SessionReceipt {
  sessionId: string;
  receipt: StatusReceipt;
}

/** Bounds how long the event loop is held, and what is kept in memory. */
const filePage = 1_000;
/** Long enough for those of a busy hour to gather, short enough for nobody to notice: live updates leave every 250 ms. */
const maxDelayMs = 30;
/** Bounds one transaction, and one event, to what is handled within a few tens of milliseconds. A burst comes in parts as large. */
const maxReceiptsPerBatch = 500;
const maxPendingReceipts = 200_000;
const maxPendingOfOne = 100_000;
/** Receipts for messages that we do not know: how many are kept per session. */
const maxUnknownPerSession = 10_000;
/** Bounds one transaction that forgets. */
const statusesAtOnce = 50;
/** How far back a change of people is told to those who watch; older statuses are nobody's live view. */
const liveForMs = 25 * 60 * 60 * 1000;

/** Turns receipts into views, each person once, and tells who watches. */
export class ViewersService {
  /**
   * Rows of views of one session that were written: whoever keeps sums of them adds the changes, in the transaction of the
   * rows, so that the sums are true after every commit. One call has any number of statuses and people, each pair once.
   */
  readonly counted = new Hook<[tx: Tx, scope: PeopleScope, changes: readonly ViewChange[]]>();
  private readonly batcher: Batcher<SessionReceipt>;

  constructor(private readonly parts: ViewersServiceParts) {
    this.batcher = new Batcher({
      name: 'The record of views',
      flush: (items) => this.recordBatch(items),
      maxDelayMs,
      maxItems: maxReceiptsPerBatch,
      maxPending: maxPendingReceipts,
      maxPendingOfOne,
      partyOf: ({ sessionId }) => partyServed() ?? sessionId,
    });
  }

  /** Writes what is waiting. */
  stop(): Promise<void> {
    return this.batcher.stop();
  }

  /** Resolves when nothing waits to be written. */
  drain(): Promise<void> {
    return this.batcher.drain();
  }

  /**
   * Counts receipts. Resolves once they are committed, so that WhatsApp may be told that we have them; a rejection means
   * that nothing of some of them was kept. Repeats, and receipts for a session that is gone, change nothing.
   */
  async recordReceipts(sessionId: string, receipts: readonly StatusReceipt[]): Promise<void> {
    await Promise.all(receipts.map((receipt) => this.batcher.add({ sessionId, receipt })));
  }

  /** Who got and who viewed a status. Throws `not_found` for an unknown status. */
  async list(sessionId: string, statusId: string, query: ViewersWish & PageQuery): Promise<Page<Viewer>> {
    const { peopleForgottenAt } = await this.parts.statuses.getRecord(sessionId, statusId);
    const order = orderOf(query);
    const pages = pagesIn(order);
    const wanted = pages.wanted(query);
    if (peopleForgottenAt !== null) return forgottenPeople(peopleForgottenAt);
    const asOf = wanted.after?.asOf ?? this.parts.clock.now().getTime();
    const rows = await this.parts.viewers.list(statusId, { ...query, ...order, ...wanted, asOf });
    const total = await this.parts.viewers.count(statusId, query);
    const { items, nextCursor } = pages.cut(rows, query, ({ place }) => place);
    return { items: items.map(({ viewer }) => viewer), total, nextCursor };
  }

  /**
   * The same, all of them as they are now, a page after the other as they are asked for. Nothing more is read once `gone` is
   * aborted. Throws as `list` does, and when the first page cannot be read.
   */
  async everybody(
    sessionId: string,
    statusId: string,
    query: ViewersWish,
    gone: AbortSignal,
  ): Promise<AsyncIterable<Viewer[]>> {
    const { peopleForgottenAt } = await this.parts.statuses.getRecord(sessionId, statusId);
    if (peopleForgottenAt !== null) throw notKeptWho('');
    const pages = this.pagesOfAll(statusId, query, gone);
    const begin = await pages.next();
    return (async function* () {
      if (begin.done !== true) yield begin.value;
      yield* pages;
    })();
  }

  private async *pagesOfAll(statusId: string, query: ViewersWish, gone: AbortSignal): AsyncGenerator<Viewer[]> {
    const asOf = this.parts.clock.now().getTime();
    const page = { ...query, ...orderOf(query), asOf, limit: filePage };
    for (let after: PlaceAmongViewers | undefined, more = true; more;) {
      const rows = await forCaller(gone, () => this.parts.viewers.list(statusId, { ...page, after }));
      yield rows.map(({ viewer }) => viewer);
      after = rows.at(-1)?.place;
      more = rows.length === filePage;
    }
  }

  /** Counts receipts for a status whose people are locked by this transaction. */
  async recordWithin(tx: Tx, status: StatusRecord, receipts: readonly StatusReceipt[]): Promise<void> {
    await this.recordKnown(tx, status, [status], receipts);
  }

  /** Gives a status that has just appeared the receipts that came before it. */
  async adoptPending(tx: Tx, status: StatusRecord): Promise<void> {
    const { organizationId, sessionId, messageId } = status;
    const receipts = await this.parts.pending.take(tx, sessionId, [messageId]);
    if (receipts.length > 0) await this.recordKnown(tx, { organizationId, sessionId }, [status], receipts);
  }

  async onMerges(tx: Tx, change: PeopleChange): Promise<void> {
    const survivors = new Map(change.merges.map((merge) => [merge.goneId, merge.survivorId]));
    await this.count(tx, change, await this.parts.views.move(tx, survivors));
  }

  async onChanged(tx: Tx, change: PeopleChange): Promise<void> {
    const kept = await this.parts.pending.takeOf(tx, change.sessionId, change.changedIds);
    if (kept.length > 0) await this.recordForSession(tx, change.sessionId, kept);
    const since = this.parts.clock.now().getTime() - liveForMs;
    const peopleOf = groupByStatus(await this.parts.views.statusesOf(tx, change.changedIds, since));
    await this.tellViewers(tx, peopleOf);
    // Whoever shows a person that is gone now must look again; a list of changes cannot say so.
    if (change.merges.length > 0 && peopleOf.size > 0) tx.emit(statusesUpdated(change));
  }

  /** Forgets what somebody did with at most so many statuses, of which the counts stay. How many there were. */
  forgetPerson(tx: Tx, personId: string, atMost: number): Promise<number> {
    return this.parts.views.forgetPerson(tx, personId, atMost);
  }

  /** Forgets at most so many views of a status that is forgotten itself; the sums of its viewers stay. How many there were. */
  forgetOf(tx: Tx, statusId: string, atMost: number): Promise<number> {
    return this.parts.views.forgetOf(tx, statusId, atMost);
  }

  /** Forgets at most so many receipts of somebody that were put aside. How many there were. */
  forgetReceiptsOf(tx: Tx, person: PersonNamed, atMost: number): Promise<number> {
    return this.parts.pending.forgetPerson(tx, person, atMost);
  }

  /** Forgets at most so many receipts whose message never became known. How many there were. */
  forgetUnknown(before: number, atMost: number): Promise<number> {
    return this.parts.unitOfWork.run((tx) => this.parts.pending.deleteBefore(tx, before, atMost));
  }

  /**
   * Forgets who got and who viewed statuses that went out before a time, at most so many rows in one transaction. All counts stay,
   * those of statuses and of people.
   */
  async forgetPeople(before: number, atMost: number): Promise<{ forgotten: number; hasMore: boolean }> {
    const { statuses, people, views, old, unitOfWork } = this.parts;
    const next = await old.listWithPeople(before, statusesAtOnce);
    if (!next) return { forgotten: 0, hasMore: false };
    const forgotten = await unitOfWork.run(async (tx) => {
      if (!(await people.lock(tx, next.sessionId))) return 0;
      let gone = 0;
      for (const id of next.statusIds) {
        gone += await views.forgetOf(tx, id, atMost - gone);
        gone += await statuses.forgetRecipients(tx, id, atMost - gone);
        if (gone >= atMost) break;
      }
      return gone;
    });
    return { forgotten, hasMore: true };
  }

  private async recordBatch(items: readonly SessionReceipt[]): Promise<void> {
    const bySession = new Map<string, StatusReceipt[]>();
    for (const { sessionId, receipt } of items) {
      const receipts = bySession.get(sessionId);
      if (receipts) receipts.push(receipt);
      else bySession.set(sessionId, [receipt]);
    }
    for (const [sessionId, receipts] of bySession) {
      await this.recordAllThatCanBe(sessionId, receipts);
    }
  }

  /** Where the database refuses what one of them holds, only that one is given up: it would fail for ever, and the others with it. */
  private recordAllThatCanBe(sessionId: string, receipts: readonly StatusReceipt[]): Promise<void> {
    let trouble: Error | undefined;
    return inHalves(
      receipts,
      async (some) => {
        // When the database itself is in trouble, the halves would be as well.
        if (trouble) throw trouble;
        try {
          await this.parts.unitOfWork.run((tx) => this.recordForSession(tx, sessionId, some));
        } catch (error) {
          if (error instanceof Error && !isAboutData(error)) trouble = error;
          throw error;
        }
      },
      (_receipt, error) => {
        if (!isAboutData(error)) throw error;
        this.parts.logger.error({ err: error, sessionId }, 'a receipt cannot be recorded and is left out');
      },
    );
  }

  private async recordForSession(tx: Tx, sessionId: string, receipts: readonly StatusReceipt[]): Promise<void> {
    const scope = await this.parts.people.lock(tx, sessionId);
    if (!scope) return;
    const messageIds = [...new Set(receipts.map((receipt) => receipt.messageId))];
    const statuses = await this.parts.statuses.listByMessageIds(tx, sessionId, messageIds);
    const known = new Set(statuses.map((status) => status.messageId));
    await this.putAside(
      tx,
      scope,
      receipts.filter(({ messageId, viaChat }) => !known.has(messageId) && viaChat !== true),
    );
    // Where it is not kept any more who is counted already, nobody is counted.
    const counted = statuses.filter(({ peopleForgottenAt }) => peopleForgottenAt === null);
    if (counted.length === 0) return;
    const countedIds = new Set(counted.map(({ messageId }) => messageId));
    await this.recordKnown(
      tx,
      scope,
      counted,
      receipts.filter((receipt) => countedIds.has(receipt.messageId)),
    );
  }

  private async recordKnown(
    tx: Tx,
    scope: PeopleScope,
    statuses: readonly StatusRecord[],
    receipts: readonly StatusReceipt[],
  ): Promise<void> {
    const { people, views, clock } = this.parts;
    const statusIds = new Map(statuses.map((status) => [status.messageId, status.id]));
    const personIds = await people.resolve(
      tx,
      scope.sessionId,
      receipts.map((receipt) => receipt.person),
    );
    const facts: Fact[] = [];
    const strangers: StatusReceipt[] = [];
    const isCounted = await this.countedPeople(tx, statuses, personIds);
    for (const [index, receipt] of receipts.entries()) {
      const { messageId, person } = receipt;
      const statusId = statusIds.get(messageId);
      const personId = personIds[index];
      if (statusId === undefined || personId === undefined) continue;
      if (await isCounted({ statusId, personId, person })) facts.push(factOf(receipt, statusId, personId));
      else strangers.push(receipt);
    }
    await this.putAside(tx, scope, strangers);
    const known = await views.findKnown(tx, [...statusIds.values()], [...new Set(personIds)]);
    const changes = foldFacts(known, facts);
    if (changes.length === 0) return;
    const changed = changes.map(({ after }) => after);
    await views.upsert(tx, scope.organizationId, changed, clock.now().getTime());
    await this.count(tx, scope, changes);
    await this.tellViewers(tx, groupByStatus(changed));
  }

  private async count(tx: Tx, scope: PeopleScope, changes: readonly ViewChange[]): Promise<void> {
    if (changes.length === 0) return;
    for (const [statusId, gain] of gainsOf(changes)) await this.parts.statuses.addCounts(tx, statusId, gain);
    await this.counted.run(tx, scope, changes);
  }

  /**
   * Tells whether somebody's receipts count for a status: it is for them, or may be, because somebody it is for is known by
   * the other form of address only. Where no audience is recorded everybody counts.
   */
  private async countedPeople(
    tx: Tx,
    statuses: readonly StatusRecord[],
    personIds: readonly string[],
  ): Promise<(fact: { statusId: string; personId: string; person: PersonAddress }) => Promise<boolean>> {
    const withAudience = new Set(statuses.filter(({ counts }) => counts.targeted > 0).map(({ id }) => id));
    if (withAudience.size === 0) return () => Promise.resolve(true);
    const people = [...new Set(personIds)];
    const among = new Set((await this.parts.statuses.recipientsAmong(tx, [...withAudience], people)).map(viewKey));
    const asked = new Map<string, Promise<boolean>>();
    return (fact) => {
      const { statusId, person } = fact;
      if (!withAudience.has(statusId) || among.has(viewKey(fact))) return Promise.resolve(true);
      const form = person.lid === null ? 'number' : person.phoneNumber === null ? 'lid' : 'both';
      const key = `${statusId} ${form}`;
      const answer = asked.get(key) ?? this.parts.statuses.mayBeRecipient(tx, statusId, person);
      asked.set(key, answer);
      return answer;
    };
  }

  /** Keeps receipts that do not count now: the status may appear, or two addresses turn out to be one person's. */
  private async putAside(tx: Tx, scope: PeopleScope, receipts: readonly StatusReceipt[]): Promise<void> {
    if (receipts.length === 0) return;
    const now = this.parts.clock.now().getTime();
    await this.parts.pending.add(tx, scope, receipts, { now, maxPerSession: maxUnknownPerSession });
  }

  private async tellViewers(tx: Tx, peopleOf: ReadonlyMap<string, readonly string[]>): Promise<void> {
    if (peopleOf.size === 0) return;
    for (const { id, organizationId, sessionId, counts } of await this.parts.statuses.listByIds(tx, [
      ...peopleOf.keys(),
    ])) {
      const people = await this.parts.viewers.listByPeople(tx, id, peopleOf.get(id) ?? []);
      const viewers = people.filter(({ viewedAt }) => viewedAt !== null);
      const delivered = people.filter(({ viewedAt }) => viewedAt === null);
      tx.emit({
        name: 'status-viewers-update',
        organizationId,
        sessionId,
        payload: { sessionId, statusId: id, viewers, delivered, counts },
      });
    }
  }
}

function factOf(receipt: StatusReceipt, statusId: string, personId: string): Fact {
  const known = { statusId, personId, at: receipt.at.getTime() };
  return receipt.kind === 'reacted'
    ? { ...known, kind: receipt.kind, reaction: receipt.reaction }
    : { ...known, kind: receipt.kind };
}

function groupByStatus(rows: readonly { statusId: string; personId: string }[]): Map<string, string[]> {
  const peopleOf = new Map<string, string[]>();
  for (const { statusId, personId } of rows) {
    const people = peopleOf.get(statusId);
    if (people) people.push(personId);
    else peopleOf.set(statusId, [personId]);
  }
  return peopleOf;
}
