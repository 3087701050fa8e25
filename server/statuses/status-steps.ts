import type { WaitingReason } from '../contract/pace.js';
import type { Tx } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import { Hook } from '../lib/hook.js';
import type { RecipientsStore } from './recipients-store.js';
import { statusDeleted, statusDeletionProgress, statusProgress, statusSettled, tellLists } from './status-events.js';
import { factsOf, type Counted, type NewAudience, type StatusStep } from './status-facts.js';
import { mayBeOnPhones } from './status-outcome.js';
import { life, type Guard, type Telling } from './status-life.js';
import type { StatusRecord } from './status.js';
import type { ChangeGuards, StatusesStore } from './statuses-store.js';

/** Bounds one transaction. */
const expiredAtATime = 500;

/**
 * The only one who changes the state of a status. Each step is a row of the table in status-life.ts: it is taken in a transaction,
 * which also has its recipients, their count and what it tells.
 */
export class StatusSteps {
  /** In the transaction that accepts it: a status is new. */
  readonly accepted = new Hook<[tx: Tx, status: StatusRecord]>();
  /** In the transaction that gives a status its links, or others: they are as it has them now. */
  readonly linked = new Hook<[tx: Tx, status: StatusRecord]>();
  /** After the commit: a session has something to post or to take back. */
  readonly work = new Hook<[sessionId: string]>();

  constructor(
    private readonly statuses: StatusesStore,
    private readonly recipients: RecipientsStore,
    private readonly clock: Clock,
  ) {}

  /** Writes down new statuses of one session in the order in which they go out, each for its group of people. */
  async accept(
    tx: Tx,
    records: readonly [StatusRecord, ...StatusRecord[]],
    groups: readonly (readonly string[])[],
  ): Promise<void> {
    for (const [index, record] of records.entries()) {
      await this.statuses.insert(tx, record);
      await this.recipients.insert(tx, record, groups[index] ?? []);
      await this.accepted.run(tx, record);
      if (record.links) await this.linked.run(tx, record);
    }
    this.tell(tx, records[0], ['lists', 'queue']);
  }

  /**
   * Takes a status one step further. `record`: as it was read; `counted`: its recipients, where the caller has counted them in
   * this transaction. Undefined, and nothing changed, when the step is not to be taken any more.
   */
  async take(tx: Tx, record: StatusRecord, step: StatusStep, counted?: Counted): Promise<StatusRecord | undefined> {
    const changed = await this.write(tx, record, step, counted);
    if (changed) this.tell(tx, changed, life[step.step].tells);
    return changed;
  }

  /** Takes several statuses of a session one step further, each of them that still can. Lists are told once, in the end. */
  async takeAll(tx: Tx, records: readonly StatusRecord[], step: StatusStep): Promise<void> {
    const { tells } = life[step.step];
    const changed: StatusRecord[] = [];
    for (const record of records) {
      const after = await this.write(tx, record, step, undefined);
      if (after) changed.push(after);
    }
    const ofEach = tells.filter((what) => what !== 'lists');
    for (const status of changed) this.tell(tx, status, ofEach);
    const inTheEnd = tells.filter((what) => what === 'lists');
    for (const status of changed.slice(0, 1)) this.tell(tx, status, inTheEnd);
  }

  private async write(
    tx: Tx,
    record: StatusRecord,
    step: StatusStep,
    counted: Counted | undefined,
  ): Promise<StatusRecord | undefined> {
    const { from, to, guards, recounts } = life[step.step];
    const counts = recounts ? (counted ?? (await this.recipients.count(tx, record.id))) : undefined;
    const now = this.clock.now().getTime();
    const change = {
      ...(to !== 'same' && { state: to }),
      ...(counts && { included: counts.included, leftOut: counts.leftOut }),
      ...factsOf(record, step, now, counts),
      updatedAt: now,
    };
    const changed = await this.statuses.change(tx, record.id, from, change, guardsOf(guards, record));
    if (!changed) return undefined;
    const audience = audienceOf(step);
    if (audience) await this.recipients.replace(tx, changed, audience.personIds);
    if (step.step === 'edit' && step.edit.links !== undefined) await this.linked.run(tx, changed);
    return changed;
  }

  /**
   * Takes the session's next status into work: one whose attempt was cut short by the end of a process first, then the oldest in
   * the queue; nothing that is being taken back. Only the owner of the session may call it, for one status at a time.
   */
  async claimNext(tx: Tx, sessionId: string): Promise<StatusRecord | undefined> {
    const next = await this.statuses.nextToSend(tx, sessionId);
    return next && this.take(tx, next, { step: 'claim' });
  }

  /**
   * Takes the session's next status that has to be taken back into work. `isOnPhones` is false for one that had not arrived anywhere:
   * it is canceled by that. Only the owner of the session may call it.
   */
  async claimDeletion(tx: Tx, sessionId: string): Promise<{ status: StatusRecord; isOnPhones: boolean } | undefined> {
    const next = await this.statuses.nextToTakeBack(tx, sessionId);
    if (!next) return undefined;
    const counted = await this.recipients.count(tx, next.id);
    const isOnPhones = mayBeOnPhones(next, counted.included);
    const after = await this.take(tx, next, { step: isOnPhones ? 'claim_deletion' : 'never_arrived' }, counted);
    return { status: after ?? next, isOnPhones };
  }

  /** It was taken back from so many more people, which is told. */
  async addTakenBack(tx: Tx, { id }: StatusRecord, people: number): Promise<void> {
    const after = await this.statuses.addTakenBack(tx, id, people);
    if (after) tx.emit(statusDeletionProgress(after));
  }

  /** Says of everything in a session's queue why it waits; null: it does not. It is told where it was not known already. */
  async setWaiting(
    tx: Tx,
    place: { organizationId: string; sessionId: string },
    wait: { until: number | null; reason: WaitingReason } | null,
  ): Promise<void> {
    const isNews = await this.statuses.setWaiting(tx, place.sessionId, wait?.until ?? null, wait?.reason ?? null);
    if (isNews) tellLists(tx, place);
  }

  /** Marks as expired what WhatsApp shows no more. How many; there may be more where it is as many as the limit. */
  async expire(tx: Tx): Promise<{ expired: number; isAll: boolean }> {
    const expired = await this.statuses.expire(tx, this.clock.now().getTime(), expiredAtATime);
    for (const status of expired) this.tell(tx, status, life.expire.tells);
    return { expired: expired.length, isAll: expired.length < expiredAtATime };
  }

  private tell(tx: Tx, status: StatusRecord, tells: readonly Telling[]): void {
    const { sessionId, state, counts } = status;
    for (const what of tells) {
      switch (what) {
        case 'progress':
          tx.emit(statusProgress(status, counts.included, counts.targeted));
          break;
        case 'outcome':
          tx.emit(statusSettled(status));
          break;
        case 'deleted':
          tx.emit(statusDeleted(status));
          break;
        case 'lists':
          tellLists(tx, status);
          break;
        case 'queue':
          // What is still to come is woken for when it is due.
          if (state !== 'scheduled' || status.deleteRequestedAt !== null) {
            tx.afterCommit(() => void this.work.run(sessionId));
          }
          break;
      }
    }
  }
}

function audienceOf(step: StatusStep): NewAudience | undefined {
  if (step.step === 'due') return step.audience;
  return step.step === 'edit' ? step.edit.audience : undefined;
}

function guardsOf(guards: readonly Guard[], record: StatusRecord): ChangeGuards {
  const has = (guard: Guard): boolean => guards.includes(guard);
  return {
    unstarted: has('never_started'),
    ...(has('this_attempt') && { startedAt: record.startedAt }),
    ...(has('this_deletion') && { revoking: record }),
    ...(has('same_state') && { state: record.state }),
    ...(has('unchanged') && { state: record.state, seen: record }),
  };
}
