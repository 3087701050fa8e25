import type { AudiencesService } from '../audiences/audiences-service.js';
import {
  addressWith,
  leaveOutBy,
  type LeaveOutRules,
  leavesNobodyOut,
  type LeftOut,
  numbersToLookUp,
  withFound,
} from '../audiences/left-out.js';
import type { ExclusionReason } from '../contract/audiences.js';
import type { WaitingReason } from '../contract/pace.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import type { PeopleService } from '../people/people-service.js';
import {
  type AcknowledgedChunk,
  type Addressee,
  type GatewayConnection,
  type PersonAddress,
  type PublishOutcome,
  type PublishWait,
  type RecipientOutcome,
  type RecipientResult,
  type RetryRequest,
  type StatusSetting,
  UnansweredError,
} from '../whatsapp/gateway.js';
import { anotherAttemptInWords, waitInWords } from './posting-waits.js';
import { ListedRecipient, type RecipientCounts, type RecipientsStore } from '../statuses/recipients-store.js';
import {
  deservesAnotherAttempt,
  emptyAudience,
  ownPhoneMissing,
  settlementOf,
  type StatusFailure,
  visibleForMs,
} from '../statuses/status-outcome.js';
import { statusProgress, statusSettled, statusesUpdated } from '../statuses/status-events.js';
import type { StatusRecord } from '../statuses/status.js';
import type { StatusChange } from '../statuses/status-row.js';
import { notConnected } from '../statuses/waiting-reasons.js';
import type { StatusesStore } from '../statuses/statuses-store.js';

/** A status taken into work, and whom it is for. */
export interface Claim {
  status: StatusRecord;
  /** Of whom it is not known yet what became of them. */
  recipients: PersonAddress[];
  /** Others have it already. */
  resumed: boolean;
}

/** Who must not get a post of a session, whoever it is for. */
export type LeaveOuts = Pick<AudiencesService, 'rulesOfSession' | 'rulesVersion' | 'isLeftOut' | 'statusSetting'>;

/** Asks WhatsApp about numbers; undefined when it does not answer. */
type FindNumbers = GatewayConnection['findNumbers'];

/** What is known of those who must not get a status while it is in work. */
interface KnownRules {
  version: string;
  rules: LeaveOutRules;
  leavesNobodyOut: boolean;
  leftOut: (person: PersonAddress) => LeftOut | undefined;
}

function knownRules(version: string, rules: LeaveOutRules): KnownRules {
  return { version, rules, leavesNobodyOut: leavesNobodyOut(rules), leftOut: leaveOutBy(rules) };
}

const nobody: ReadonlySet<PersonAddress> = new Set();

/** Thrown after a chunk was recorded: somebody wants the status deleted, or it is posted elsewhere, so that no more may leave. */
export class PostingStopped extends Error {}

/** Numbers that WhatsApp is asked about for one part of a post, at most. */
const maxAsked = 20_000;

/** The steps between the queue and WhatsApp: what is taken into work, and how it ended. */
export class PostingService {
  private readonly known = new WeakMap<StatusRecord, KnownRules>();

  constructor(
    private readonly statuses: StatusesStore,
    private readonly recipients: RecipientsStore,
    private readonly people: PeopleService,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly leaveOuts: LeaveOuts,
    /** Whether this process has the session, for as long as the transaction lasts. */
    private readonly isOurs: (tx: Tx, sessionId: string) => Promise<boolean> = () => Promise.resolve(true),
  ) {}

  /** Sessions with something in the queue, or in work when the process that did it ended. */
  sessionsWithWork(): Promise<string[]> {
    return this.statuses.sessionsWithWork();
  }

  /** Takes the session's next status into work, what an ended process left unfinished first. Undefined: nothing to do. */
  async claimNext(sessionId: string): Promise<Claim | undefined> {
    const claim = await this.unitOfWork.run(async (tx) => {
      if (!(await this.isOurs(tx, sessionId))) return undefined;
      const status = await this.statuses.claimNext(tx, sessionId, this.clock.now().getTime());
      if (!status) return undefined;
      tx.emit(statusProgress(status, 0, status.counts.targeted));
      return { status, resumed: (await this.recipients.count(tx, status.id)).included > 0 };
    });
    return claim && { ...claim, recipients: await this.recipients.listPending(claim.status.id) };
  }

  /** Whom the account shows statuses to. */
  async settingOf(status: StatusRecord): Promise<StatusSetting> {
    return this.known.get(status)?.rules.phoneList?.mode ?? this.leaveOuts.statusSetting(status.sessionId);
  }

  /**
   * Who of these, nothing of the status having been sent to them yet, must not get it: the phone's list, opt-outs and
   * exceptions as they are now. They are recorded with the reason. Where a list has people by another name than the
   * recipients, WhatsApp is asked first, and whoever still may be on it is left out too. Rejects with `UnansweredError`,
   * also as long as nobody knows whom the phone shows statuses to.
   */
  async leftOut(
    status: StatusRecord,
    people: readonly Addressee[],
    findNumbers: FindNumbers,
  ): Promise<ReadonlySet<PersonAddress>> {
    const known = await this.rulesFor(status);
    if (known.leavesNobodyOut) return nobody;
    let reasons = people.map(({ address }) => known.leftOut(address));
    const uncertain = people.filter((_, index) => reasons[index]?.isCertain === false);
    const open = numbersToLookUp(
      known.rules,
      uncertain.map(({ address }) => address),
    );
    if (open.length > 0) {
      const answer = await findNumbers(open.slice(0, maxAsked));
      if (answer === undefined)
        throw new UnansweredError('WhatsApp did not say who is on the lists of those left out.');
      const found = knownRules(known.version, withFound(known.rules, answer));
      this.known.set(status, found);
      reasons = people.map(({ address }) => found.leftOut(addressWith(address, answer)));
    }
    const out = new Map<PersonAddress, ExclusionReason>();
    for (const [index, { person }] of people.entries()) {
      const reason = reasons[index]?.reason;
      if (reason !== undefined) out.set(person, reason);
    }
    await this.recordLeftOut(status, out);
    return new Set(out.keys());
  }

  private async recordLeftOut(status: StatusRecord, out: ReadonlyMap<PersonAddress, ExclusionReason>): Promise<void> {
    if (out.size === 0) return;
    const positions = new Map<ExclusionReason, number[]>();
    for (const [person, reason] of out) {
      if (!(person instanceof ListedRecipient)) continue;
      if (positions.get(reason)?.push(person.position) === undefined) positions.set(reason, [person.position]);
    }
    await this.unitOfWork.run((tx) => this.recipients.leaveOut(tx, status.id, positions));
  }

  /** The version is read first: what changes in between is found out by the next look at it. */
  private async rulesFor(status: StatusRecord): Promise<KnownRules> {
    const version = await this.leaveOuts.rulesVersion(status);
    const before = this.known.get(status);
    if (before?.version === version) return before;
    const storyPrivacy = status.audience?.storyPrivacy ?? 'apply';
    const rules = await this.leaveOuts.rulesOfSession(status, storyPrivacy);
    if (storyPrivacy === 'apply' && rules.phoneList === null) {
      throw new UnansweredError('WhatsApp did not say whom the phone shows statuses to.', 'story_privacy');
    }
    const known = knownRules(version, rules);
    this.known.set(status, known);
    return known;
  }

  /**
   * Records what became of some recipients as soon as WhatsApp has acknowledged it: the next attempt leaves them out.
   * Throws {@link PostingStopped} when the status is to be deleted, or another attempt is under way by now.
   */
  async recordChunk(status: StatusRecord, chunk: AcknowledgedChunk): Promise<void> {
    const now = await this.unitOfWork.run(async (tx) => {
      await this.recordOutcomes(tx, status, chunk.recipients, chunk.at);
      await this.recordOwnPhone(tx, status, chunk.ownPhoneIsMissing);
      return this.statuses.find(status.sessionId, status.id, tx);
    });
    if (now && (now.deleteRequestedAt !== null || now.startedAt !== status.startedAt)) throw new PostingStopped();
  }

  /** Says on a status on its way what it waits for; null: it goes on. */
  async tellWaiting(status: StatusRecord, wait: PublishWait | null): Promise<void> {
    const updatedAt = this.clock.now().getTime();
    const waiting = wait && { until: wait.until?.getTime() ?? null, reason: waitInWords(wait) };
    await this.unitOfWork.run(async (tx) => {
      const changed = await this.changeInWork(tx, status, { updatedAt, waiting });
      if (changed) tx.emit(statusesUpdated(changed));
    });
  }

  /** Undefined: what was sent was not for the own devices. */
  private async recordOwnPhone(tx: Tx, status: StatusRecord, isMissing: boolean | undefined): Promise<void> {
    if (isMissing === undefined || (!isMissing && status.note === null)) return;
    const note = isMissing ? ownPhoneMissing : null;
    await this.changeInWork(tx, status, { updatedAt: this.clock.now().getTime(), note });
  }

  /** Whether a device that could not open a status may have it again; counted once per device and status. */
  async allowRetry(sessionId: string, { messageId, person, attempt, isRevoke }: RetryRequest): Promise<boolean> {
    const asked = await this.unitOfWork.run(async (tx) => {
      const [status] = await this.statuses.listByMessageIds(tx, sessionId, [messageId]);
      const recipient = status && (await this.recipients.findFor(tx, status.id, person));
      return status && recipient && { status, recipient };
    });
    if (!asked) return false;
    const { status, recipient } = asked;
    // What takes it back may be asked for again; the status itself must not turn up any more.
    if (!isRevoke && (status.deleteRequestedAt !== null || status.state === 'deleted')) return false;
    const storyPrivacy = status.audience?.storyPrivacy ?? 'apply';
    if (!isRevoke && (await this.leaveOuts.isLeftOut(status, recipient, storyPrivacy))) return false;
    if (attempt === 1) await this.unitOfWork.run((tx) => this.statuses.addRetry(tx, status.id));
    return true;
  }

  /** Puts a status back because the account is not connected. Where nothing has left, it can be changed again. It is no attempt. */
  release(status: StatusRecord): Promise<void> {
    return this.putBack(status, notConnected, { attempts: status.attempts - 1, isUnstarted: status.attempts === 1 });
  }

  /** Everybody it was meant for was left out since it was accepted. Nothing has left. */
  async failForNobody(status: StatusRecord): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const { leftOut } = await this.recipients.count(tx, status.id);
      const error = emptyAudience(status.counts.targeted);
      const change = {
        state: 'failed',
        updatedAt: this.clock.now().getTime(),
        error,
        leftOut,
        startedAt: null,
      } as const;
      const failed = await this.changeInWork(tx, status, change);
      if (!failed) return;
      tx.emit(statusSettled(failed));
      tx.emit(statusesUpdated(failed));
    });
  }

  /** What became of its attempts could not be recorded, again and again: there is no other one. */
  async abandon(status: StatusRecord, error: StatusFailure): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const change = { state: 'failed', updatedAt: this.clock.now().getTime(), error } as const;
      const failed = await this.changeInWork(tx, status, change);
      if (!failed) return;
      tx.emit(statusSettled(failed));
      tx.emit(statusesUpdated(failed));
    });
  }

  /**
   * Records how an attempt ended, for the status and for each recipient. `put_back`: it ended without an answer, and the
   * status waits for another attempt. Where another attempt is under way by now, as another process that took the account
   * over makes it, only what WhatsApp acknowledged is recorded, and that one tells the end.
   */
  async settle(status: StatusRecord, outcome: PublishOutcome): Promise<'settled' | 'put_back'> {
    if (deservesAnotherAttempt(outcome, status.attempts, status.counts.targeted)) {
      const isProgress = outcome.result === 'partly_sent';
      if (isProgress && outcome.recipients.length > 0) {
        const { recipients, at } = outcome;
        await this.unitOfWork.run((tx) => this.recordOutcomes(tx, status, recipients, at));
      }
      const failure = isProgress ? outcome.rest : outcome;
      const why = failure.result === 'acknowledged' ? notConnected : anotherAttemptInWords(failure);
      await this.putBack(status, why, { attempts: isProgress ? status.attempts - 1 : status.attempts });
      return 'put_back';
    }
    await this.unitOfWork.run(async (tx) => {
      const sentAt = outcome.result === 'acknowledged' || outcome.result === 'partly_sent' ? outcome.at : null;
      if (sentAt === null && !(await this.isInWork(tx, status))) return;
      if (!(await this.recordOutcomes(tx, status, knownOutcomes(outcome), sentAt))) return;
      const counts = await this.recipients.count(tx, status.id);
      const { included, leftOut } = counts;
      const change = { ...this.changeFor(status, withEarlier(outcome, counts), included), included, leftOut };
      const settled = await this.changeInWork(tx, status, change);
      if (!settled) return;
      tx.emit(statusSettled(settled));
      tx.emit(statusesUpdated(settled));
    });
    return 'settled';
  }

  /** False when the session is gone. */
  private async recordOutcomes(
    tx: Tx,
    status: StatusRecord,
    outcomes: readonly RecipientResult[],
    sentAt: Date | null,
  ): Promise<boolean> {
    if (!(await this.people.lock(tx, status.sessionId))) return false;
    const positions = new Map<RecipientOutcome, number[]>();
    const others: RecipientResult[] = [];
    for (const result of outcomes) {
      const { person } = result;
      if (!(person instanceof ListedRecipient)) {
        others.push(result);
        continue;
      }
      if (positions.get(result.outcome)?.push(person.position) === undefined) {
        positions.set(result.outcome, [person.position]);
      }
    }
    const at = sentAt?.getTime() ?? null;
    await this.recipients.recordByPosition(tx, status.id, positions, at);
    if (others.length > 0) {
      const addresses = others.map((recipient) => recipient.person);
      const ids = await this.people.resolve(tx, status.sessionId, addresses);
      await this.recipients.recordOutcomes(tx, status, outcomeById(ids, others), at);
    }
    return true;
  }

  private async putBack(
    status: StatusRecord,
    reason: WaitingReason,
    { attempts, isUnstarted = false }: { attempts: number; isUnstarted?: boolean },
  ): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const { included, leftOut } = await this.recipients.count(tx, status.id);
      const updatedAt = this.clock.now().getTime();
      const waiting = { until: null, reason };
      const again = { state: 'queued', updatedAt, attempts, included, leftOut, waiting } as const;
      const change: StatusChange = isUnstarted && included === 0 ? { ...again, startedAt: null } : again;
      const released = await this.changeInWork(tx, status, change);
      if (released) tx.emit(statusProgress(released, included, released.counts.targeted));
    });
  }

  /** Changes a status as long as this attempt is the one that is under way. */
  private changeInWork(tx: Tx, status: StatusRecord, change: StatusChange): Promise<StatusRecord | undefined> {
    return this.statuses.change(tx, status.id, ['sending'], change, { startedAt: status.startedAt });
  }

  private async isInWork(tx: Tx, { sessionId, id, startedAt }: StatusRecord): Promise<boolean> {
    const now = await this.statuses.find(sessionId, id, tx);
    return now?.state === 'sending' && now.startedAt === startedAt;
  }

  private changeFor(status: StatusRecord, outcome: PublishOutcome, included: number): StatusChange {
    const updatedAt = this.clock.now().getTime();
    const settlement = settlementOf(outcome, status.counts.targeted, included);
    if (settlement.state === 'failed') return { state: 'failed', updatedAt, error: settlement.failure };
    const sentAt = status.sentAt ?? settlement.at.getTime();
    return { state: 'sent', updatedAt, error: settlement.failure, sentAt, expiresAt: sentAt + visibleForMs };
  }
}

/** A failure after earlier attempts reached a part of the audience. */
function withEarlier(outcome: PublishOutcome, { confirmed, firstSentAt }: RecipientCounts): PublishOutcome {
  if (outcome.result === 'acknowledged' || outcome.result === 'partly_sent') return outcome;
  if (confirmed === 0 || firstSentAt === null) return outcome;
  return { result: 'partly_sent', at: new Date(firstSentAt), rest: outcome, recipients: outcome.recipients };
}

/** When WhatsApp refused the post or nothing left, those who would have been included got nothing: nothing is known of them. */
function knownOutcomes(outcome: PublishOutcome): RecipientResult[] {
  const mayHaveArrived = ['acknowledged', 'partly_sent', 'unconfirmed'].includes(outcome.result);
  return mayHaveArrived
    ? outcome.recipients
    : outcome.recipients.filter((recipient) => recipient.outcome !== 'included');
}

function outcomeById(ids: readonly string[], outcomes: readonly RecipientResult[]): Map<string, RecipientOutcome> {
  const byId = new Map<string, RecipientOutcome>();
  for (const [index, { outcome }] of outcomes.entries()) {
    const id = ids[index];
    if (id !== undefined && byId.get(id) !== 'included') byId.set(id, outcome);
  }
  return byId;
}
