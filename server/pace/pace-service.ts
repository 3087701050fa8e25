import type { ChangePaceBody, Pace, PaceSettings, PostingPause, WaitingReason } from '../contract/pace.js';
import type { UnitOfWork } from '../db/unit-of-work.js';
import { notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { Hook } from '../lib/hook.js';
import { timestamp } from '../lib/timestamp.js';
import type { PublishOutcome } from '../whatsapp/gateway.js';
import { historyMs, nextAllowedAt, waitingInWords, warmUpDayAt, type NextAllowed } from './pace.js';
import type { PaceRecord, PaceStore } from './pace-store.js';
import { pauseAfter, pauseForBan, recentPosts, type PauseReason } from './posting-pause.js';
import { endOfQuietHours } from './quiet-hours.js';
import { tellLists } from '../statuses/status-events.js';
import type { StatusSteps } from '../statuses/status-steps.js';
import { notConnected } from '../statuses/waiting-reasons.js';

/** How fast a session may post, and when it has to stop. */
export class PaceService {
  /** A session may be able to post earlier than it was said before. */
  readonly resumed = new Hook<[sessionId: string]>();

  constructor(
    private readonly store: PaceStore,
    private readonly statuses: Pick<StatusSteps, 'setWaiting'>,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    /** For sessions that chose nothing. */
    private readonly defaults: PaceSettings,
  ) {}

  /** Throws `not_found` when there is no such session. */
  async get(sessionId: string): Promise<Pace> {
    const record = await this.getRecord(sessionId);
    const now = this.clock.now().getTime();
    const settings = this.settingsOf(record);
    const postedAt = await this.store.postedSince(sessionId, now - historyMs);
    record.pause = standing(record.pause, now);
    const { pause } = record;
    const next = nextOf(record, settings, postedAt, now);
    return {
      settings,
      warmUpDay: warmUpDayAt(record.createdAt, settings, now),
      postsInLast24Hours: postedAt.length,
      nextPostAt: next.code === undefined ? null : timestamp(next.at),
      waitingReason: waitingInWords(next, pause?.message) ?? null,
      pause,
    };
  }

  /** Changes what is given; the rest stays. */
  async change(sessionId: string, body: ChangePaceBody): Promise<Pace> {
    // Before they are kept: hours that cannot be worked out would hold up every post.
    if (body.quietHours) endOfQuietHours(body.quietHours, this.clock.now().getTime());
    await this.unitOfWork.run(async (tx) => {
      const record = await this.store.find(sessionId, tx);
      if (!record) throw notFound('The session');
      await this.store.setOwn(tx, sessionId, { ...record.own, ...body });
      tx.afterCommit(() => void this.resumed.run(sessionId));
    });
    return this.get(sessionId);
  }

  /** Ends a pause before its time. No pause is success. */
  async resume(sessionId: string): Promise<Pace> {
    await this.unitOfWork.run(async (tx) => {
      const record = await this.store.find(sessionId, tx);
      if (!record) throw notFound('The session');
      await this.store.setPause(tx, sessionId, null, this.clock.now().getTime());
      const { organizationId } = record;
      await this.statuses.setWaiting(tx, { organizationId, sessionId }, null);
      tellLists(tx, { organizationId, sessionId });
      tx.afterCommit(() => void this.resumed.run(sessionId));
    });
    return this.get(sessionId);
  }

  /**
   * How long the session's queue must wait, in milliseconds, and says so on what waits. Undefined: it may work now. What
   * was begun before is finished without regard to the pace, but not during a pause.
   */
  async waitBeforeNext(sessionId: string): Promise<number | 'nothing_to_do' | undefined> {
    const work = await this.store.nextWork(sessionId);
    if (work === undefined) return 'nothing_to_do';
    const record = await this.store.find(sessionId);
    if (!record) return undefined;
    const now = this.clock.now().getTime();
    const pause = standing(record.pause, now);
    if (pause?.until !== record.pause?.until) {
      const countedFrom = pause ? record.countedFrom : now;
      await this.unitOfWork.run((tx) => this.store.setPause(tx, sessionId, pause, countedFrom));
      record.pause = pause;
    }
    const next = await this.nextFor(sessionId, record, work, now);
    if (next.code === undefined) return undefined;
    await this.tellWaiting(sessionId, record, next.at, waitingInWords(next, record.pause?.message) ?? null);
    return next.at - now;
  }

  /** Says on what waits that the account is not connected. */
  async tellNotConnected(sessionId: string): Promise<void> {
    if ((await this.store.nextWork(sessionId)) === undefined) return;
    const record = await this.store.find(sessionId);
    if (record) await this.tellWaiting(sessionId, record, null, notConnected);
  }

  /** Pauses the session when the outcome of a post asks for it. */
  async learn(sessionId: string, outcome: PublishOutcome): Promise<void> {
    const failure = outcome.result === 'partly_sent' ? outcome.rest : outcome;
    if (failure.result !== 'rejected' && failure.result !== 'unconfirmed') return;
    await this.unitOfWork.run(async (tx) => {
      const record = await this.store.find(sessionId, tx);
      if (!record) return;
      // A moment that is still to come was written while the clock was wrong.
      const isWrong = record.countedFrom > this.clock.now().getTime();
      const recent = await this.store.recentAnswers(tx, sessionId, isWrong ? 0 : record.countedFrom, recentPosts);
      const reason = pauseAfter(failure, recent);
      if (!reason) return;
      await this.store.setPause(tx, sessionId, this.pauseOf(reason), record.countedFrom);
      tellLists(tx, { organizationId: record.organizationId, sessionId });
    });
  }

  /** WhatsApp closed the connection with a temporary ban, which ends then if it named a time. */
  async learnBan(sessionId: string, endsAt: Date | undefined): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const record = await this.store.find(sessionId, tx);
      if (!record) return;
      const lastsMs = endsAt && Math.max(0, endsAt.getTime() - this.clock.now().getTime());
      await this.store.setPause(tx, sessionId, this.pauseOf(pauseForBan(lastsMs)), record.countedFrom);
      tellLists(tx, { organizationId: record.organizationId, sessionId });
    });
  }

  private async nextFor(
    sessionId: string,
    record: PaceRecord,
    work: 'sending' | 'queued' | undefined,
    now: number,
  ): Promise<NextAllowed> {
    if (work === 'sending') {
      const pausedUntil = record.pause && Date.parse(record.pause.until);
      return pausedUntil === null ? { at: now, code: undefined } : { at: pausedUntil, code: 'paused' };
    }
    const postedAt = await this.store.postedSince(sessionId, now - historyMs);
    return nextOf(record, this.settingsOf(record), postedAt, now);
  }

  private async tellWaiting(
    sessionId: string,
    { organizationId }: PaceRecord,
    until: number | null,
    reason: WaitingReason | null,
  ): Promise<void> {
    const wait = reason && { until, reason };
    await this.unitOfWork.run((tx) => this.statuses.setWaiting(tx, { organizationId, sessionId }, wait));
  }

  private settingsOf(record: PaceRecord): PaceSettings {
    return {
      ...this.defaults,
      ...given(record.own),
      ratePerMin: record.ratePerMin ?? this.defaults.ratePerMin,
      ratePerHour: record.ratePerHour ?? this.defaults.ratePerHour,
    };
  }

  private async getRecord(sessionId: string): Promise<PaceRecord> {
    const record = await this.store.find(sessionId);
    if (!record) throw notFound('The session');
    return record;
  }

  private pauseOf(reason: PauseReason): PostingPause {
    const now = this.clock.now().getTime();
    const { code, message, forMs } = reason;
    return { code, message, since: timestamp(now), until: timestamp(now + forMs) };
  }
}

function nextOf(record: PaceRecord, settings: PaceSettings, postedAt: number[], now: number): NextAllowed {
  const pausedUntil = record.pause && Date.parse(record.pause.until);
  return nextAllowedAt({ postedAt, freshSince: record.createdAt, pausedUntil }, settings, now);
}

function given(own: ChangePaceBody): Partial<PaceSettings> {
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
}

/** The pause as it counts now: null when it is over. One that a wrong clock began later than now lasts as long, from now on. */
function standing(pause: PostingPause | null, now: number): PostingPause | null {
  if (pause === null) return null;
  const [since, until] = [Date.parse(pause.since), Date.parse(pause.until)];
  if (until <= now) return null;
  if (since <= now) return pause;
  return { ...pause, since: timestamp(now), until: timestamp(now + until - since) };
}
