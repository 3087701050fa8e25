import { requireVisible, type Principal } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import { defaultLateByMinutes } from '../contract/planning/plans.js';
import type {
  ChangeOccurrenceBody,
  ChangeScheduleBody,
  CreateScheduleBody,
  Occurrence,
  Schedule,
} from '../contract/planning/schedules.js';
import { asText } from '../contract/values/texts.js';
import { type Keep, keepNothing, type Kept, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import { AppError, notFound, validationError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { idCursor } from '../lib/cursors.js';
import { newId } from '../lib/ids.js';
import { Pages } from '../lib/page.js';
import { timestamp, timestampOrNull } from '../lib/timestamp.js';
import type { FileUses } from '../media/file-uses.js';
import type { UploadUseRecord } from '../media/upload.js';
import { requireVisibleAudience } from '../statuses/chosen-audience.js';
import { statusesUpdated } from '../statuses/status-events.js';
import type { AcceptingService, SessionsOfStatuses } from '../statuses/accepting-service.js';
import { Occurrences } from './recurrence.js';
import { principalOf } from './schedule-runner.js';
import type { ScheduleRecord, SchedulesStore } from './schedules-store.js';

const pages = new Pages(idCursor);
const dayMs = 24 * 60 * 60_000;

export interface SchedulesServiceParts {
  store: SchedulesStore;
  sessions: SessionsOfStatuses;
  accepting: Pick<AcceptingService, 'send' | 'requireVariables' | 'requireTrackable'>;
  fileUses: FileUses;
  quotas: Quotas;
  unitOfWork: UnitOfWork;
  clock: Clock;
}

/** Statuses that come again: making, changing and ending their schedules. The runner posts them. */
export class SchedulesService {
  constructor(private readonly parts: SchedulesServiceParts) {}

  /** Throws `validation_error` for a rule that never comes true. */
  async create<K>(
    principal: Principal,
    sessionId: string,
    body: CreateScheduleBody,
    keep: Keep<Schedule, K> = keepNothing,
  ): Promise<Kept<Schedule, K>> {
    const session = await this.parts.sessions.get(principal, sessionId);
    const now = this.now();
    const { startsAt, timeZone, rule, status } = body;
    requireVisibleAudience(principal, status.audience);
    this.parts.accepting.requireTrackable(status);
    await this.parts.accepting.requireVariables(principal, session, status);
    await this.parts.fileUses.require(principal, session.organizationId, [status]);
    const record: ScheduleRecord = {
      id: newId(),
      organizationId: session.organizationId,
      sessionId,
      body: status,
      rule,
      startsAt,
      timeZone,
      name: body.name ?? asText('caption' in status && status.caption ? status.caption : status.content, 80),
      lateByMinutes: body.lateByMinutes ?? defaultLateByMinutes,
      state: 'active',
      nextAt: nextTime({ startsAt, timeZone, rule }, now),
      createdBy: principal.name,
      createdAt: now,
      updatedAt: now,
    };
    return this.parts.unitOfWork.run(async (tx) => {
      await this.parts.quotas.require(tx, 'schedule', record);
      await this.parts.store.insert(tx, record);
      await this.parts.fileUses.add(tx, useOf(record), [record.body]);
      tx.emit(statusesUpdated(record));
      return keep(tx, publicSchedule(record));
    });
  }

  async list(principal: Principal, sessionId: string | null, query: PageQuery): Promise<Page<Schedule>> {
    const filter = { organizationId: principal.organizationId, sessionId: sessionId ?? principal.sessionId };
    const { records, total } = await this.parts.store.list(filter, pages.wanted(query));
    const { items, nextCursor } = pages.cut(records, query, ({ id }) => id);
    return { items: items.map(publicSchedule), total, nextCursor };
  }

  async get(principal: Principal, sessionId: string, id: string): Promise<Schedule> {
    return publicSchedule(await this.getRecord(principal, sessionId, id));
  }

  /** What is left out stays. From now on the new rule counts; what was posted stays as it is. */
  async change(principal: Principal, sessionId: string, id: string, body: ChangeScheduleBody): Promise<Schedule> {
    const record = await this.getRecord(principal, sessionId, id);
    const { status, ...rest } = body;
    if (status) {
      requireVisibleAudience(principal, status.audience);
      const session = await this.parts.sessions.get(principal, sessionId);
      this.parts.accepting.requireTrackable(status);
      await this.parts.accepting.requireVariables(principal, session, status);
      await this.parts.fileUses.require(principal, record.organizationId, [status]);
    }
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    const now = this.now();
    const changed: ScheduleRecord = { ...record, ...given, body: status ?? record.body, updatedAt: now };
    const isTimed = body.rule ?? body.startsAt ?? body.timeZone;
    if (isTimed !== undefined || (body.state === 'active' && record.state !== 'active')) {
      changed.nextAt = nextTime(changed, now);
      if (changed.state === 'ended') changed.state = 'active';
    }
    await this.parts.unitOfWork.run(async (tx) => {
      if (!(await this.parts.store.replace(tx, changed, record))) {
        throw new AppError('conflict', 'The schedule was posting just now. Look at it and try again.');
      }
      await this.parts.fileUses.replace(tx, useOf(changed), [changed.body]);
      tx.emit(statusesUpdated(changed));
    });
    return publicSchedule(changed);
  }

  /** Statuses that came of it stay. */
  async delete(principal: Principal, sessionId: string, id: string): Promise<void> {
    const record = await this.getRecord(principal, sessionId, id);
    await this.parts.unitOfWork.run(async (tx) => {
      await this.parts.store.delete(tx, id);
      await this.parts.fileUses.drop(tx, useOf(record));
      tx.emit(statusesUpdated(record));
    });
  }

  /** Forgets what became of at most so many times from before a time. How many there were. */
  forgetTimesBefore(before: number, atMost: number): Promise<number> {
    return this.parts.unitOfWork.run((tx) => this.parts.store.deleteOccurrencesBefore(tx, before, atMost));
  }

  /** What became of past times, and those to come, in order. */
  async occurrences(
    principal: Principal,
    place: { sessionId: string; id: string },
    query: { from?: string | undefined; to?: string | undefined; limit: number },
  ): Promise<Occurrence[]> {
    const record = await this.getRecord(principal, place.sessionId, place.id);
    const now = this.now();
    const from = query.from === undefined ? now - 31 * dayMs : Date.parse(query.from);
    const to = query.to === undefined ? now + 92 * dayMs : Date.parse(query.to);
    const known = await this.parts.store.listOccurrences(record.id, from, to, query.limit);
    const ends = new Map<number, Omit<Occurrence, 'at'> & { at: number }>(
      known.map((occurrence) => [occurrence.at, occurrence]),
    );
    const planned =
      record.nextAt === null || record.state !== 'active' ? [] : await this.timesBetween(record, from, to, query.limit);
    for (const at of planned)
      if (!ends.has(at)) ends.set(at, { at, outcome: 'planned', statusId: null, message: null });
    return [...ends.values()]
      .sort((a, b) => a.at - b.at)
      .slice(0, query.limit)
      .map((occurrence) => ({ ...occurrence, at: timestamp(occurrence.at) }));
  }

  /** Leaves out one of the times to come, or moves it: then it is a planned status of its own. */
  async changeOccurrence(
    principal: Principal,
    place: { sessionId: string; id: string },
    { at: time, moveTo, timeZone }: ChangeOccurrenceBody,
  ): Promise<Occurrence> {
    const record = await this.getRecord(principal, place.sessionId, place.id);
    const at = Date.parse(time);
    const isComing =
      record.nextAt !== null &&
      at >= record.nextAt &&
      at === new Occurrences({ ...record, start: record.startsAt }).nextAfter(at - 1);
    if (!isComing)
      throw validationError('at', 'The schedule does not come at this time. Take one from its occurrences.');
    const end = async (tx: Tx, statusId: string | null): Promise<void> => {
      await this.parts.quotas.require(tx, 'changedTime', { ...record, scheduleId: record.id, at: this.now() });
      const message = statusId === null ? null : 'It was moved.';
      const left = { at, outcome: 'canceled' as const, statusId, message };
      if ((await this.parts.store.insertOccurrences(tx, record.id, [left], this.now())).length === 0) {
        throw new AppError('conflict', 'This time was posted or left out already.');
      }
      tx.emit(statusesUpdated(record));
    };
    if (moveTo === undefined) {
      await this.parts.unitOfWork.run((tx) => end(tx, null));
      return { at: time, outcome: 'canceled', statusId: null, message: null };
    }
    const body = { ...record.body, scheduledAt: moveTo, timeZone: timeZone ?? record.timeZone };
    const status = await this.parts.accepting.send(principalOf(record), record.sessionId, body, {
      waitMs: 0,
      plan: { scheduleId: record.id, lateByMinutes: record.lateByMinutes },
      withinCommit: (tx, { id }) => end(tx, id),
    });
    return { at: time, outcome: 'canceled', statusId: status.id, message: 'It was moved.' };
  }

  private timesBetween(record: ScheduleRecord, from: number, to: number, limit: number): Promise<number[]> {
    const after = Math.max(from, record.nextAt ?? from) - 1;
    return new Occurrences({ ...record, start: record.startsAt }).list({ after, before: to, limit });
  }

  /** A use of a file lets others of the account see it, so nobody may name one that is hidden from them, or of another organization. */
  private async getRecord(principal: Principal, sessionId: string, id: string): Promise<ScheduleRecord> {
    const record = requireVisible(principal, await this.parts.store.find(id), 'The schedule');
    if (record.sessionId !== sessionId) throw notFound('The schedule');
    return record;
  }

  private now(): number {
    return this.parts.clock.now().getTime();
  }
}

function useOf({ id, organizationId, sessionId }: ScheduleRecord): UploadUseRecord {
  return { kind: 'schedule', usedBy: id, organizationId, sessionId };
}

function nextTime(of: { startsAt: string; timeZone: string; rule: string }, now: number): number {
  let next: number | undefined;
  try {
    next = new Occurrences({ start: of.startsAt, timeZone: of.timeZone, rule: of.rule }).nextAfter(now);
  } catch (error) {
    if (error instanceof RangeError) throw validationError('rule', error.message);
    throw error;
  }
  if (next === undefined)
    throw validationError('rule', 'By this rule nothing comes any more. Look at the rule and the start.');
  return next;
}

function publicSchedule({ body, nextAt, createdAt, updatedAt, ...record }: ScheduleRecord): Schedule {
  return {
    ...record,
    status: { ...body },
    nextAt: timestampOrNull(nextAt),
    createdAt: timestamp(createdAt),
    updatedAt: timestamp(updatedAt),
  };
}
