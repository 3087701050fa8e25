import { rootPrincipal } from '../access/principal.js';
import type { AudiencesService } from '../audiences/audiences-service.js';
import type { UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import { GrowingPauses } from '../lib/running/growing-pauses.js';
import type { Logger } from '../lib/logger.js';
import { inRounds } from '../lib/running/rounds.js';
import { Turns } from '../lib/running/turns.js';
import { failureInWords, isPassing, isVerdict } from '../lib/running/verdict.js';
import type { PeopleService } from '../people/people-service.js';
import type { WhatsAppGateway } from '../whatsapp/gateway.js';
import { byAccount, type WorkOfAccount } from './by-account.js';
import { recipientsOf, resolveChosen, snapshotOf } from '../statuses/chosen-audience.js';
import type { DuePage, DuePlace, DueStatus, DueReportStore } from './due-report-store.js';
import { lateFrom } from '../statuses/plan.js';
import type { StatusFailure } from '../statuses/status-outcome.js';
import type { StatusRecord } from '../statuses/status.js';
import type { SessionsOfStatuses } from '../statuses/accepting-service.js';
import type { StatusSteps } from '../statuses/status-steps.js';
import type { StatusesService } from '../statuses/statuses-service.js';

export interface DueStatusesParts {
  due: DueReportStore;
  statuses: Pick<StatusesService, 'find'>;
  steps: StatusSteps;
  people: PeopleService;
  sessions: SessionsOfStatuses;
  audiences: Pick<AudiencesService, 'resolve'>;
  gateway: Pick<WhatsAppGateway, 'isLinked'>;
  unitOfWork: UnitOfWork;
  clock: Clock;
  logger: Logger;
}

const atATime = 100;
const accountsAtOnce = 16;
const accountsAtOnceOfOne = 8;
const pauses = { firstMs: 1_000, longestMs: 5 * 60_000 };
/** What nobody thought of is tried so often, for about ten minutes. */
const maxUnexpected = 10;

/**
 * Puts planned statuses into the queue when they are due, and gives up on those that are too late. Any process may do it for
 * any session: each step is a change from one state to the next, which only one of them can make.
 */
export class DueStatuses {
  private readonly pauses = new GrowingPauses(pauses);
  /** Whom an audience means may have to be asked of WhatsApp first, and that takes its time. */
  private readonly turns = new Turns<WorkOfAccount<DuePlace>>({
    atOnce: accountsAtOnce,
    atOnceOfOne: accountsAtOnceOfOne,
    keyOf: ({ sessionId }) => sessionId,
    organizationOf: ({ organizationId }) => organizationId,
  });

  constructor(private readonly parts: DueStatusesParts) {}

  /** Everything that is due now, but for accounts that are at work already: an earlier sweep may still run. */
  async sweep(): Promise<void> {
    const { due, clock } = this.parts;
    const now = clock.now().getTime();
    const organizations = await due.listOrganizations(now);
    await this.walk<DueStatus>(
      organizations,
      (page) => due.listStopped(page),
      (record) => this.stopSeries(record),
    );
    await this.walk<DueStatus>(
      organizations,
      (page) => due.listMissed(now, page),
      (record) => this.miss(record),
    );
    await this.queueDue(organizations, now);
  }

  /** Begins nothing more, and resolves when nothing is at work. */
  stop(): Promise<void> {
    return this.turns.stop();
  }

  /** What has to wait stays where it is, and must not keep what comes after it. */
  private queueDue(organizations: readonly string[], now: number): Promise<void> {
    const { due, gateway, logger } = this.parts;
    return inRounds<DuePlace>({
      organizations,
      pageSize: atATime,
      next: (organizationId, after) => due.listDue(now, { organizationId, limit: atATime, after }),
      work: async (places, organization) => {
        const accounts = byAccount(places).filter(({ sessionId }) => !this.pauses.has(accountKey(sessionId)));
        await this.turns.take(accounts, async ({ sessionId, items }) => {
          try {
            if (!(await gateway.isLinked(sessionId))) return;
            for (const status of items) await this.attempt(status, (record) => this.queue(record));
            this.pauses.delete(accountKey(sessionId));
          } catch (error) {
            const { isNews } = this.pauses.add(accountKey(sessionId), error);
            if (isNews) logger.warn({ err: error, sessionId }, 'the planned statuses of an account have to wait');
          }
        });
        return !this.turns.isFull(organization);
      },
    });
  }

  private walk<T extends DueStatus>(
    organizations: readonly string[],
    list: (page: DuePage<T>) => Promise<T[]>,
    step: (record: StatusRecord) => Promise<void>,
  ): Promise<void> {
    return inRounds<T>({
      organizations,
      pageSize: atATime,
      next: (organizationId, after) => list({ organizationId, limit: atATime, after }),
      work: async (places) => {
        for (const place of places) await this.attempt(place, step);
        return true;
      },
    });
  }

  /** One status that stumbles does not keep the others, and one that was changed since it was listed is left alone. */
  private async attempt({ sessionId, id }: DueStatus, step: (record: StatusRecord) => Promise<void>): Promise<void> {
    if (this.pauses.has(id)) return;
    const record = await this.parts.statuses.find(sessionId, id);
    if (record?.state !== 'scheduled' && record?.state !== 'queued') return;
    try {
      await step(record);
      this.pauses.delete(id);
    } catch (error) {
      await this.afterFailure(record, error);
    }
  }

  /** What is busy or out of reach may pass until it is too late; what nobody thought of does not come again for ever. */
  private async afterFailure(record: StatusRecord, error: unknown): Promise<void> {
    const { id: statusId, sessionId } = record;
    const { tries, isNews } = this.pauses.add(statusId, error);
    if (isPassing(error)) return;
    if (isNews) {
      const facts = { err: error, sessionId, statusId };
      this.parts.logger.error(facts, 'a planned status stumbled and will be tried again');
    }
    if (tries < maxUnexpected) return;
    const { code, message } = failureInWords(error);
    await this.fail(record, { code, message: `${message} It was tried ${String(tries)} times.` });
    this.pauses.delete(statusId);
  }

  private async queue(record: StatusRecord): Promise<void> {
    const { sessions, audiences, people, steps, unitOfWork, clock } = this.parts;
    const { sessionId, plan } = record;
    const now = clock.now().getTime();
    if (record.state !== 'scheduled' || (record.scheduledAt ?? 0) > now) return;
    if (isTooLate(record, now)) {
      await this.miss(record);
      return;
    }
    const session = await sessions.get(rootPrincipal, sessionId);
    const audience = plan.chosenAudience;
    let resolved;
    try {
      resolved = audience && (await resolveChosen(audiences, session, audience));
    } catch (error) {
      if (!isVerdict(error)) throw error;
      await this.fail(record, { code: error.code, message: error.message });
      return;
    }
    await unitOfWork.run(async (tx) => {
      const personIds = resolved && [...new Set(await people.resolve(tx, sessionId, recipientsOf(resolved)))];
      await steps.take(tx, record, {
        step: 'due',
        audience:
          audience && resolved && personIds ? { audience: snapshotOf(audience, resolved), personIds } : undefined,
      });
    });
  }

  private async miss(record: StatusRecord): Promise<void> {
    if (!isTooLate(record, this.parts.clock.now().getTime())) return;
    const minutes = String(record.plan.lateByMinutes ?? 0);
    const stumbled = this.pauses.errorOf(record.id);
    const why =
      record.state === 'queued'
        ? (record.waitingReason?.message ?? 'The account was busy with others.')
        : stumbled === undefined
          ? 'The server did not run, or the account was not linked.'
          : failureInWords(stumbled).message;
    const message = `It could not go out within ${minutes} minutes of its time, and was left out. ${why}`;
    await this.fail(record, { code: 'missed', message });
  }

  private stopSeries(record: StatusRecord): Promise<void> {
    const message = 'It was not posted, because an earlier part of its series failed.';
    return this.fail(record, { code: 'series_stopped', message });
  }

  private async fail(record: StatusRecord, error: StatusFailure): Promise<void> {
    const { steps, unitOfWork } = this.parts;
    await unitOfWork.run((tx) => steps.take(tx, record, { step: 'give_up', error }));
  }
}

function accountKey(sessionId: string): string {
  return `account ${sessionId}`;
}

function isTooLate({ scheduledAt, plan }: StatusRecord, now: number): boolean {
  return plan.lateByMinutes !== null && scheduledAt !== null && now >= lateFrom(scheduledAt, plan.lateByMinutes);
}
