import { rootPrincipal } from '../access/principal.js';
import type { AudiencesService } from '../audiences/audiences-service.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import type { PeopleService } from '../people/people-service.js';
import type { WhatsAppGateway } from '../whatsapp/gateway.js';
import { resolveChosen, snapshotOf } from './chosen-audience.js';
import type { DueStatus, DueStore } from './due-store.js';
import type { RecipientsStore } from './recipients-store.js';
import { statusProgress, statusSettled, statusesUpdated } from './status-events.js';
import type { StatusRecord } from './status.js';
import type { SessionsOfStatuses } from './statuses-service.js';
import type { StatusChange, StatusesStore } from './statuses-store.js';

export interface DueStatusesParts {
  due: DueStore;
  statuses: StatusesStore;
  recipients: RecipientsStore;
  people: PeopleService;
  sessions: SessionsOfStatuses;
  audiences: Pick<AudiencesService, 'resolve'>;
  gateway: Pick<WhatsAppGateway, 'isLinked'>;
  unitOfWork: UnitOfWork;
  clock: Clock;
  logger: Logger;
  /** The session's queue has something new to do. */
  onWork: (sessionId: string) => void;
}

const atATime = 200;
const minuteMs = 60_000;

/**
 * Puts planned statuses into the queue when they are due, and gives up on those that are too late. Any process may do it for
 * any session: each step is a change from one state to the next, which only one of them can make.
 */
export class DueStatuses {
  constructor(private readonly parts: DueStatusesParts) {}

  /** Everything that is due now. */
  async sweep(): Promise<void> {
    const { due, clock } = this.parts;
    const now = clock.now().getTime();
    for (const place of await due.listStopped(atATime)) await this.attempt(place, (record) => this.stopSeries(record));
    for (const place of await due.listMissed(now, atATime)) await this.attempt(place, (record) => this.miss(record));
    for (const place of await due.listDue(now, atATime)) await this.attempt(place, (record) => this.queue(record, now));
  }

  /** One status that stumbles does not keep the others. */
  private async attempt({ sessionId, id }: DueStatus, step: (record: StatusRecord) => Promise<void>): Promise<void> {
    try {
      const record = await this.parts.statuses.find(sessionId, id);
      if (record) await step(record);
    } catch (error) {
      this.parts.logger.error(
        { err: error, sessionId, statusId: id },
        'a planned status stumbled and will be tried again',
      );
    }
  }

  private async queue(record: StatusRecord, now: number): Promise<void> {
    const { sessions, audiences, gateway, people, recipients, unitOfWork, onWork } = this.parts;
    const { sessionId, plan } = record;
    if (now > latestOf(record)) return this.miss(record);
    if (!(await gateway.isLinked(sessionId))) return undefined;
    const session = await sessions.get(rootPrincipal, sessionId);
    const audience = plan.chosenAudience;
    let resolved;
    try {
      resolved = audience && (await resolveChosen(audiences, session, audience));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return this.fail(record, { code: error.code, message: error.message });
    }
    await unitOfWork.run(async (tx) => {
      const change: StatusChange = { state: 'queued', updatedAt: now };
      if (audience && resolved) {
        const personIds = [...new Set(await people.resolve(tx, sessionId, resolved.included))];
        await recipients.replace(tx, record, personIds);
        Object.assign(change, { audience: snapshotOf(audience, resolved), targeted: personIds.length, leftOut: 0 });
      }
      if (!(await this.change(tx, record, change))) return;
      tx.afterCommit(() => {
        onWork(sessionId);
      });
    });
    return undefined;
  }

  private miss(record: StatusRecord): Promise<void> {
    const minutes = String(record.plan.lateByMinutes ?? 0);
    const why =
      record.state === 'queued'
        ? (record.waitingReason?.message ?? 'The account was busy with others.')
        : 'The server did not run, or the account was not linked.';
    const message = `It could not go out within ${minutes} minutes of its time, and was left out. ${why}`;
    return this.fail(record, { code: 'missed', message });
  }

  private stopSeries(record: StatusRecord): Promise<void> {
    const message = 'It was not posted, because an earlier part of its series failed.';
    return this.fail(record, { code: 'series_stopped', message });
  }

  private async fail(record: StatusRecord, error: { code: string; message: string }): Promise<void> {
    await this.parts.unitOfWork.run(async (tx) => {
      const change: StatusChange = { state: 'failed', updatedAt: this.parts.clock.now().getTime(), error };
      const failed = await this.change(tx, record, change);
      if (failed) tx.emit(statusSettled(failed));
    });
  }

  private async change(tx: Tx, record: StatusRecord, change: StatusChange): Promise<StatusRecord | undefined> {
    const changed = await this.parts.statuses.change(tx, record.id, [record.state], change, { unstarted: true });
    if (!changed) return undefined;
    tx.emit(statusProgress(changed, 0, changed.counts.targeted));
    tx.emit(statusesUpdated(changed));
    return changed;
  }
}

function latestOf({ scheduledAt, plan }: StatusRecord): number {
  return plan.lateByMinutes === null ? Infinity : (scheduledAt ?? 0) + plan.lateByMinutes * minuteMs;
}
