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
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import {
  type AcknowledgedChunk,
  type Addressee,
  type GatewayConnection,
  type PersonAddress,
  type PublishOutcome,
  type PublishWait,
  type RecipientResult,
  type RetryRequest,
  type StatusSetting,
  UnansweredError,
} from '../whatsapp/gateway.js';
import { anotherAttemptInWords, waitInWords } from './posting-waits.js';
import type { RecipientCounts, RecipientOutcomes } from '../statuses/recipient-outcomes.js';
import {
  deservesAnotherAttempt,
  emptyAudience,
  ownPhoneMissing,
  settlementOf,
  type StatusFailure,
} from '../statuses/status-outcome.js';
import type { StatusRecord } from '../statuses/status.js';
import type { StatusStep } from '../statuses/status-facts.js';
import type { StatusSteps } from '../statuses/status-steps.js';
import { notConnected } from '../statuses/waiting-reasons.js';
import type { StatusesService } from '../statuses/statuses-service.js';

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

export interface PostingParts {
  statuses: Pick<StatusesService, 'find' | 'listByMessageIds' | 'addRetry' | 'sessionsWithWork'>;
  steps: StatusSteps;
  outcomes: RecipientOutcomes;
  leaveOuts: LeaveOuts;
  /** Whether this process has the session, for as long as the transaction lasts. */
  isOurs: (tx: Tx, sessionId: string) => Promise<boolean>;
  unitOfWork: UnitOfWork;
}

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

  constructor(private readonly parts: PostingParts) {}

  /** Sessions with something in the queue, or in work when the process that did it ended. */
  sessionsWithWork(): Promise<string[]> {
    return this.parts.statuses.sessionsWithWork();
  }

  /** Takes the session's next status into work, what an ended process left unfinished first. Undefined: nothing to do. */
  async claimNext(sessionId: string): Promise<Claim | undefined> {
    const claim = await this.parts.unitOfWork.run(async (tx) => {
      if (!(await this.parts.isOurs(tx, sessionId))) return undefined;
      const status = await this.parts.steps.claimNext(tx, sessionId);
      if (!status) return undefined;
      return { status, resumed: (await this.parts.outcomes.count(tx, status.id)).included > 0 };
    });
    return claim && { ...claim, recipients: await this.parts.outcomes.listPending(claim.status.id) };
  }

  /** Whom the account shows statuses to. */
  async settingOf(status: StatusRecord): Promise<StatusSetting> {
    return this.known.get(status)?.rules.phoneList?.mode ?? this.parts.leaveOuts.statusSetting(status.sessionId);
  }

  /**
   * Who of these, nothing of the status having been sent to them yet, must not get it: the phone's list, opt-outs and
   * exceptions as they are now. They are recorded with the reason. Where a list has people by another name than the
   * recipients, WhatsApp is asked first, and whoever still may be on it is left out too. So is who has the other version of an A/B test. Rejects with `UnansweredError`,
   * also as long as nobody knows whom the phone shows statuses to.
   */
  async leftOut(
    status: StatusRecord,
    people: readonly Addressee[],
    findNumbers: FindNumbers,
  ): Promise<ReadonlySet<PersonAddress>> {
    const known = await this.rulesFor(status);
    const twice = status.plan.experiment === null ? [] : await this.parts.outcomes.knownTwice(status, people);
    if (known.leavesNobodyOut) return twice.length === 0 ? nobody : new Set(twice);
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
    if (out.size > 0) await this.parts.unitOfWork.run((tx) => this.parts.outcomes.leaveOut(tx, status.id, out));
    return new Set([...out.keys(), ...twice]);
  }

  /** The version is read first: what changes in between is found out by the next look at it. */
  private async rulesFor(status: StatusRecord): Promise<KnownRules> {
    const version = await this.parts.leaveOuts.rulesVersion(status);
    const before = this.known.get(status);
    if (before?.version === version) return before;
    const storyPrivacy = status.audience?.storyPrivacy ?? 'apply';
    const rules = await this.parts.leaveOuts.rulesOfSession(status, storyPrivacy);
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
    const now = await this.parts.unitOfWork.run(async (tx) => {
      await this.parts.outcomes.record(tx, status, chunk.recipients, chunk.at);
      await this.recordOwnPhone(tx, status, chunk.ownPhoneIsMissing);
      return this.parts.statuses.find(status.sessionId, status.id, tx);
    });
    if (now && (now.deleteRequestedAt !== null || now.startedAt !== status.startedAt)) throw new PostingStopped();
  }

  /** Says on a status on its way what it waits for; null: it goes on. */
  async tellWaiting(status: StatusRecord, wait: PublishWait | null): Promise<void> {
    const until = wait?.until?.getTime() ?? null;
    await this.take(status, { step: 'wait', until, reason: wait && waitInWords(wait) });
  }

  /** Undefined: what was sent was not for the own devices. */
  private async recordOwnPhone(tx: Tx, status: StatusRecord, isMissing: boolean | undefined): Promise<void> {
    if (isMissing === undefined || (!isMissing && status.note === null)) return;
    await this.parts.steps.take(tx, status, { step: 'note', note: isMissing ? ownPhoneMissing : null });
  }

  /** Whether a device that could not open a status may have it again; counted once per device and status. */
  async allowRetry(sessionId: string, { messageId, person, attempt, isRevoke }: RetryRequest): Promise<boolean> {
    const { statuses, outcomes, leaveOuts, unitOfWork } = this.parts;
    const asked = await unitOfWork.run(async (tx) => {
      const [status] = await statuses.listByMessageIds(tx, sessionId, [messageId]);
      const recipient = status && (await outcomes.findFor(tx, status.id, person));
      return status && recipient && { status, recipient };
    });
    if (!asked) return false;
    const { status, recipient } = asked;
    // What takes it back may be asked for again; the status itself must not turn up any more.
    if (!isRevoke && (status.deleteRequestedAt !== null || status.state === 'deleted')) return false;
    const storyPrivacy = status.audience?.storyPrivacy ?? 'apply';
    if (!isRevoke && (await leaveOuts.isLeftOut(status, recipient, storyPrivacy))) return false;
    if (attempt === 1) await unitOfWork.run((tx) => statuses.addRetry(tx, status.id));
    return true;
  }

  /** Puts a status back because the account is not connected. Where nothing has left, it can be changed again. */
  release(status: StatusRecord): Promise<void> {
    return this.take(status, { step: 'put_back', reason: notConnected, isAttempt: false });
  }

  /** Everybody it was meant for was left out since it was accepted. */
  failForNobody(status: StatusRecord): Promise<void> {
    return this.take(status, { step: 'failed', error: emptyAudience(status.counts.targeted), nothingLeft: true });
  }

  /** What became of its attempts could not be recorded, again and again: there is no other one. */
  abandon(status: StatusRecord, error: StatusFailure): Promise<void> {
    return this.take(status, { step: 'failed', error });
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
        await this.parts.unitOfWork.run((tx) => this.parts.outcomes.record(tx, status, recipients, at));
      }
      const failure = isProgress ? outcome.rest : outcome;
      const why = failure.result === 'acknowledged' ? notConnected : anotherAttemptInWords(failure);
      await this.take(status, { step: 'put_back', reason: why, isAttempt: !isProgress });
      return 'put_back';
    }
    await this.parts.unitOfWork.run(async (tx) => {
      const sentAt = outcome.result === 'acknowledged' || outcome.result === 'partly_sent' ? outcome.at : null;
      if (sentAt === null && !(await this.isInWork(tx, status))) return;
      if (!(await this.parts.outcomes.record(tx, status, knownOutcomes(outcome), sentAt))) return;
      const counts = await this.parts.outcomes.count(tx, status.id);
      await this.parts.steps.take(tx, status, lastStep(status, withEarlier(outcome, counts), counts), counts);
    });
    return 'settled';
  }

  private async take(status: StatusRecord, step: StatusStep): Promise<void> {
    await this.parts.unitOfWork.run((tx) => this.parts.steps.take(tx, status, step));
  }

  private async isInWork(tx: Tx, { sessionId, id, startedAt }: StatusRecord): Promise<boolean> {
    const now = await this.parts.statuses.find(sessionId, id, tx);
    return now?.state === 'sending' && now.startedAt === startedAt;
  }
}

function lastStep({ counts }: StatusRecord, outcome: PublishOutcome, { included }: RecipientCounts): StatusStep {
  const settlement = settlementOf(outcome, counts.targeted, included);
  return settlement.state === 'failed'
    ? { step: 'failed', error: settlement.failure }
    : { step: 'sent', at: settlement.at.getTime(), error: settlement.failure };
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
