import { rootPrincipal } from '../access/principal.js';
import { defaultLateByMinutes, nextFreeSlot } from '../contract/planning/plans.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { GrowingPauses, growingPauseMs } from '../lib/running/growing-pauses.js';
import type { Logger } from '../lib/logger.js';
import { inRounds } from '../lib/running/rounds.js';
import { Turns } from '../lib/running/turns.js';
import { failureInWords, isPassing, isVerdict } from '../lib/running/verdict.js';
import type { FileUses } from '../media/file-uses.js';
import { lateFrom } from '../statuses/plan.js';
import type { AcceptingService } from '../statuses/accepting-service.js';
import { useOf } from './broadcasts-service.js';
import type { AccountEnd, BroadcastRecord, BroadcastsStore, PendingAccount } from './broadcasts-store.js';

export interface BroadcastRunnerParts {
  store: BroadcastsStore;
  fileUses: FileUses;
  accepting: Pick<AcceptingService, 'send'>;
  unitOfWork: UnitOfWork;
  clock: Clock;
  logger: Logger;
}

const accountsAtATime = 50;
const accountsAtOnce = 8;
const accountsAtOnceOfOne = 4;
const pauses = { firstMs: 1_000, longestMs: 5 * 60_000 };
/** What nobody thought of is tried so often, for about ten minutes. */
const maxUnexpected = 10;
/** How long something that may pass is waited for where the post has no time by which it has to be out. */
const longestMinutes = 24 * 60;

/** Another process was quicker with this account, or the broadcast was canceled. */
class AccountTaken extends Error {
  override readonly name = 'AccountTaken';
}

/**
 * Makes the statuses of a broadcast's accounts. Any process may, and again before it is over; each counts once. What may pass is
 * tried again after growing pauses, and everything comes to an end with a reason.
 */
export class BroadcastRunner {
  private readonly turns = new Turns<PendingAccount>({
    atOnce: accountsAtOnce,
    atOnceOfOne: accountsAtOnceOfOne,
    keyOf,
    organizationOf: ({ broadcast }) => broadcast.organizationId,
  });

  /** Of what could not even be recorded. */
  private readonly unrecorded = new GrowingPauses(pauses);

  constructor(private readonly parts: BroadcastRunnerParts) {}

  /** Every account that may be tried now, but for what an earlier sweep is still at. */
  async sweep(): Promise<void> {
    const { store, clock } = this.parts;
    const now = clock.now().getTime();
    const asked = { now, longestPauseMs: pauses.longestMs, limit: accountsAtATime };
    await inRounds<PendingAccount>({
      organizations: await store.listOrganizationsWithPending(),
      pageSize: accountsAtATime,
      next: (organization, after) => store.listPending(organization, { ...asked, after }),
      work: async (page, organization) => {
        const ready = page.filter((pending) => !this.unrecorded.has(keyOf(pending)));
        await this.turns.take(ready, (pending) => this.attempt(pending));
        return !this.turns.isFull(organization);
      },
    });
  }

  /** Begins nothing more, and resolves when nothing is at work. */
  stop(): Promise<void> {
    return this.turns.stop();
  }

  private async attempt(pending: PendingAccount): Promise<void> {
    const { sessionId, broadcast } = pending;
    const facts = { sessionId, broadcastId: broadcast.id };
    try {
      await this.accept(pending);
    } catch (error) {
      if (error instanceof AccountTaken) return;
      if (!(error instanceof AppError) && pending.tries === 0) {
        this.parts.logger.error({ err: error, ...facts }, 'a broadcast stumbled and will be tried again');
      }
      await this.recordFailure(pending, error);
    }
  }

  private async accept({ broadcast, sessionId, position }: PendingAccount): Promise<void> {
    const { accepting, clock } = this.parts;
    const { id, organizationId, createdBy, post, staggerSeconds } = broadcast;
    const principal = { ...rootPrincipal, organizationId, name: createdBy };
    const startsAt = broadcast.startsAt + position * staggerSeconds * 1000;
    const { scheduledAt, lateByMinutes = scheduledAt === undefined ? null : defaultLateByMinutes } = post.status;
    const isOwnSlot = scheduledAt === nextFreeSlot;
    const isNow = scheduledAt === undefined && startsAt <= clock.now().getTime();
    const body = { ...post.status, variables: post.variables };
    await accepting.send(principal, sessionId, body, {
      waitMs: 0,
      ...(!isOwnSlot && !isNow && { dueAt: startsAt }),
      plan: { broadcastId: id, lateByMinutes, timeZone: post.status.timeZone ?? null },
      withinCommit: async (tx, status) => {
        if (!(await this.settle(tx, broadcast, sessionId, { state: 'accepted', statusId: status.id })))
          throw new AccountTaken();
      },
    });
  }

  private async recordFailure(pending: PendingAccount, error: unknown): Promise<void> {
    const { unitOfWork, store, clock, logger } = this.parts;
    const { broadcast, sessionId } = pending;
    const now = clock.now().getTime();
    const tries = pending.tries + 1;
    const end = endOf(pending, error, tries, now);
    const next = { tries, tryAt: now + growingPauseMs(tries, pauses), error: failureInWords(error) };
    const key = keyOf(pending);
    try {
      await unitOfWork.run(async (tx) => {
        if (end) await this.settle(tx, broadcast, sessionId, { state: 'refused', error: end });
        else await store.postpone(tx, pending, next);
      });
      this.unrecorded.delete(key);
    } catch (again) {
      if (!this.unrecorded.add(key, again).isNews) return;
      logger.error({ err: again, sessionId, broadcastId: broadcast.id }, 'that a broadcast stumbled was not recorded');
    }
  }

  /** False when somebody else was quicker. With the last account, the broadcast itself needs its file no more. */
  private async settle(tx: Tx, broadcast: BroadcastRecord, sessionId: string, end: AccountEnd): Promise<boolean> {
    const { isSettled, isLast } = await this.parts.store.settle(tx, broadcast.id, sessionId, end);
    if (isLast) await this.parts.fileUses.drop(tx, useOf(broadcast));
    return isSettled;
  }
}

function keyOf({ broadcast, sessionId }: PendingAccount): string {
  return `${broadcast.id} ${sessionId}`;
}

/** Why it is not tried again; undefined when it is. */
function endOf(
  { broadcast }: PendingAccount,
  error: unknown,
  tries: number,
  now: number,
): { code: string; message: string } | undefined {
  const { code, message } = failureInWords(error);
  if (isVerdict(error)) return { code, message };
  if (!isPassing(error))
    return tries < maxUnexpected ? undefined : { code, message: `${message} It was tried ${String(tries)} times.` };
  const { lateByMinutes = longestMinutes } = broadcast.post.status;
  if (now < lateFrom(broadcast.startsAt, lateByMinutes)) return undefined;
  return { code, message: `It could not be posted within ${String(lateByMinutes)} minutes of its time. ${message}` };
}
