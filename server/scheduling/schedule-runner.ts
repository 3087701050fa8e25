import { rootPrincipal, type Principal } from '../access/principal.js';
import type { OccurrenceOutcome } from '../contract/planning/schedules.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import { GrowingPauses } from '../lib/running/growing-pauses.js';
import type { Logger } from '../lib/logger.js';
import { inRounds } from '../lib/running/rounds.js';
import { Turns } from '../lib/running/turns.js';
import { failureInWords, isPassing, isVerdict } from '../lib/running/verdict.js';
import { byAccount, type WorkOfAccount } from './by-account.js';
import { lateFrom } from '../statuses/plan.js';
import { statusesUpdated } from '../statuses/status-events.js';
import type { AcceptingService } from '../statuses/accepting-service.js';
import { Occurrences } from './recurrence.js';
import type { ScheduleRecord, SchedulesStore } from './schedules-store.js';

const atATime = 100;
const missedAtATime = 200;
const accountsAtOnce = 16;
const accountsAtOnceOfOne = 8;
const pauses = { firstMs: 1_000, longestMs: 5 * 60_000 };

/** Another process was quicker with this time, or somebody canceled it. */
class TimeTaken extends Error {
  override readonly name = 'TimeTaken';
}

/**
 * Makes a status of each time of a schedule when it comes. Any process may try: the status, the record of the time and the
 * step to the next one are one transaction, and the record can exist only once.
 */
export class ScheduleRunner {
  /** What a schedule shows may have to be fetched from elsewhere first, and that takes its time. */
  private readonly turns = new Turns<WorkOfAccount<ScheduleRecord>>({
    atOnce: accountsAtOnce,
    atOnceOfOne: accountsAtOnceOfOne,
    keyOf: ({ sessionId }) => sessionId,
    organizationOf: ({ organizationId }) => organizationId,
  });
  private readonly pauses = new GrowingPauses(pauses);

  constructor(
    private readonly store: SchedulesStore,
    private readonly accepting: Pick<AcceptingService, 'send'>,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Everything that is due now, but for accounts that are at work already: an earlier sweep may still run. */
  async sweep(): Promise<void> {
    const now = this.clock.now().getTime();
    const unlinked = new Set<string>();
    await inRounds<ScheduleRecord>({
      organizations: await this.store.listOrganizationsWithDue(now),
      pageSize: atATime,
      next: (organization, after) => this.store.listDue(organization, { now, limit: atATime, after }),
      work: async (due, organization) => {
        const ready = due.filter((schedule) => !this.pauses.has(pauseKey(schedule)) || isTooLate(schedule, now));
        await this.turns.take(byAccount(ready), async ({ items }) => {
          for (const schedule of items) await this.attempt(schedule, unlinked);
        });
        return !this.turns.isFull(organization);
      },
    });
  }

  /** Begins nothing more, and resolves when nothing is at work. */
  stop(): Promise<void> {
    return this.turns.stop();
  }

  /** What stumbles, or waits for its account to be linked, does not keep the others. */
  private async attempt(schedule: ScheduleRecord, unlinked: Set<string>): Promise<void> {
    const { id: scheduleId, sessionId } = schedule;
    try {
      if ((await this.run(schedule, unlinked.has(sessionId))) === 'unlinked') unlinked.add(sessionId);
    } catch (error) {
      const { isNews } = this.pauses.add(pauseKey(schedule), error);
      if (isPassing(error) || !isNews) return;
      this.logger.error({ err: error, scheduleId, sessionId }, 'a schedule stumbled and will be tried again');
    }
  }

  private async run(schedule: ScheduleRecord, isUnlinked: boolean): Promise<'unlinked' | 'done'> {
    const { nextAt: at, lateByMinutes } = schedule;
    if (at === null) return 'done';
    const now = this.clock.now().getTime();
    if (isUnlinked && !isTooLate(schedule, now)) return 'unlinked';
    const occurrences = new Occurrences({ ...schedule, start: schedule.startsAt });
    if (isTooLate(schedule, now)) {
      await this.miss(schedule, occurrences, at, at + now - lateFrom(at, lateByMinutes) + 1);
      return 'done';
    }
    const next = occurrences.nextAfter(at);
    try {
      await this.accepting.send(principalOf(schedule), schedule.sessionId, schedule.body, {
        waitMs: 0,
        dueAt: at,
        plan: { scheduleId: schedule.id, timeZone: schedule.timeZone, lateByMinutes },
        withinCommit: (tx, status) =>
          this.claim(tx, schedule, at, next, { outcome: 'posted', statusId: status.id, message: null }),
      });
    } catch (error) {
      if (error instanceof TimeTaken) await this.passBy(schedule, at, next);
      // What is busy, slow or out of reach may pass.
      else if (!isVerdict(error)) throw error;
      // It may be linked again before it is too late.
      else if (error.code === 'not_connected') return 'unlinked';
      else await this.record(schedule, at, next, { outcome: 'failed', statusId: null, message: error.message });
    }
    return 'done';
  }

  private async miss(schedule: ScheduleRecord, occurrences: Occurrences, at: number, tooLate: number): Promise<void> {
    const times = [at, ...(await occurrences.list({ after: at, before: tooLate, limit: missedAtATime }))];
    const next = occurrences.nextAfter(times.at(-1) ?? at);
    const within = `within ${String(schedule.lateByMinutes)} minutes of this time`;
    const stumbled = this.pauses.errorOf(pauseKey(schedule));
    const message =
      stumbled === undefined
        ? `The server did not run, or the account was not linked, ${within}.`
        : `It could not be posted ${within}. ${failureInWords(stumbled).message}`;
    const missed = times.map((time) => ({ at: time, outcome: 'missed' as const, statusId: null, message }));
    await this.unitOfWork.run(async (tx) => {
      if (!(await this.store.advance(tx, schedule, next))) return;
      await this.store.insertOccurrences(tx, schedule.id, missed, this.clock.now().getTime());
      tx.emit(statusesUpdated(schedule));
    });
    this.pauses.delete(pauseKey(schedule));
  }

  /** Canceled before its time, or done by another process: on to the next one. */
  private async passBy(schedule: ScheduleRecord, at: number, next: number | undefined): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      if (await this.store.findOccurrence(tx, schedule.id, at)) await this.store.advance(tx, schedule, next);
    });
  }

  private async record(
    schedule: ScheduleRecord,
    at: number,
    next: number | undefined,
    end: { outcome: OccurrenceOutcome; statusId: string | null; message: string | null },
  ): Promise<void> {
    try {
      await this.unitOfWork.run((tx) => this.claim(tx, schedule, at, next, end));
    } catch (error) {
      if (!(error instanceof TimeTaken)) throw error;
    }
  }

  private async claim(
    tx: Tx,
    schedule: ScheduleRecord,
    at: number,
    next: number | undefined,
    end: { outcome: OccurrenceOutcome; statusId: string | null; message: string | null },
  ): Promise<void> {
    const now = this.clock.now().getTime();
    if (!(await this.store.advance(tx, schedule, next))) throw new TimeTaken();
    const isNew = await this.store.insertOccurrences(tx, schedule.id, [{ at, ...end }], now);
    if (isNew.length === 0) throw new TimeTaken();
    tx.emit(statusesUpdated(schedule));
  }
}

/** Of one time of a schedule: the next one begins anew. */
function pauseKey({ id, nextAt }: ScheduleRecord): string {
  return `${id} ${String(nextAt)}`;
}

function isTooLate({ nextAt, lateByMinutes }: ScheduleRecord, now: number): boolean {
  return nextAt !== null && now >= lateFrom(nextAt, lateByMinutes);
}

/** In whose name a schedule posts: nobody is there to ask, and whoever made it was allowed to. */
export function principalOf({ organizationId, createdBy }: ScheduleRecord): Principal {
  return { ...rootPrincipal, organizationId, name: createdBy };
}
