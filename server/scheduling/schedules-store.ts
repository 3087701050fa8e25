import type { OccurrenceOutcome, Schedule } from '../contract/planning/schedules.js';
import type { SendStatusBody } from '../contract/statuses.js';
import type { Database } from '../db/database.js';
import { insertRows, whereAnyOf } from '../db/dialect.js';
import { countRows, type Reach, whereReached } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { WantedPage } from '../lib/page.js';

/** A schedule as it is kept. Times are epoch milliseconds. */
export interface ScheduleRecord {
  id: string;
  organizationId: string;
  sessionId: string;
  name: string;
  body: SendStatusBody;
  rule: string;
  startsAt: string;
  timeZone: string;
  lateByMinutes: number;
  state: Schedule['state'];
  nextAt: number | null;
  createdBy: string;
  createdAt: number;
  updatedAt: number;
}

export interface OccurrenceRecord {
  at: number;
  outcome: OccurrenceOutcome;
  statusId: string | null;
  message: string | null;
}

interface ScheduleRow {
  id: string;
  organization_id: string;
  session_id: string;
  name: string;
  body: string;
  rule: string;
  starts_at: string;
  time_zone: string;
  late_by_minutes: number;
  state: Schedule['state'];
  next_at: number | null;
  created_by: string;
  created_at: number;
  updated_at: number;
}

interface OccurrenceRow {
  schedule_id: string;
  occurrence_at: number;
  outcome: OccurrenceOutcome;
  status_id: string | null;
  message: string | null;
  created_at: number;
}

export class SchedulesStore {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, record: ScheduleRecord): Promise<void> {
    await knexOf(tx)<ScheduleRow>('schedules').insert(toRow(record));
  }

  async find(id: string, source: Tx | Database = this.database): Promise<ScheduleRecord | undefined> {
    const row = await knexOf(source)<ScheduleRow>('schedules').where({ id }).first();
    return row && toRecord(row);
  }

  /** Newest first. */
  async list(reach: Reach, page: WantedPage<string>): Promise<{ records: ScheduleRecord[]; total: number }> {
    const filtered = () => whereReached(this.database<ScheduleRow>('schedules'), reach);
    const rows = filtered().orderBy('id', 'desc').limit(page.limit);
    if (page.after !== undefined) void rows.where('id', '<', page.after);
    return { records: (await rows).map(toRecord), total: await countRows(filtered()) };
  }

  async listByIds(ids: readonly string[]): Promise<ScheduleRecord[]> {
    const rows = await whereAnyOf(this.database, this.database<ScheduleRow>('schedules').select('*'), 'id', ids);
    return rows.map(toRecord);
  }

  /** Active schedules that come before `to`, the next one first. */
  async listComing(filter: Reach & { to: number }, limit: number): Promise<ScheduleRecord[]> {
    const query = whereReached(this.database<ScheduleRow>('schedules'), filter)
      .where({ state: 'active' })
      .where('next_at', '<', filter.to)
      .orderBy(['next_at', 'id'])
      .limit(limit);
    return (await query).map(toRecord);
  }

  /** Replaces everything that can change, if it is still as it was read. */
  async replace(tx: Tx, record: ScheduleRecord, seen: ScheduleRecord): Promise<boolean> {
    const { id: _id, ...columns } = toRow(record);
    const changed = await knexOf(tx)<ScheduleRow>('schedules')
      .where({ id: record.id, next_at: seen.nextAt, state: seen.state })
      .update(columns);
    return changed > 0;
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await knexOf(tx)<ScheduleRow>('schedules').where({ id }).delete();
  }

  /** Organizations with something that is due. */
  async listOrganizationsWithDue(now: number): Promise<string[]> {
    const rows = await this.database<ScheduleRow>('schedules')
      .where({ state: 'active' })
      .where('next_at', '<=', now)
      .distinct('organization_id');
    return rows.map((row) => row.organization_id);
  }

  /** Of one organization, the earliest first; those after `after`. */
  async listDue(
    organizationId: string,
    { now, limit, after }: { now: number; limit: number; after?: ScheduleRecord | undefined },
  ): Promise<ScheduleRecord[]> {
    const query = this.database<ScheduleRow>('schedules')
      .where({ state: 'active', organization_id: organizationId })
      .where('next_at', '<=', now)
      .orderBy(['next_at', 'id'])
      .limit(limit);
    if (after) void query.whereRaw('(next_at, id) > (?, ?)', [after.nextAt ?? 0, after.id]);
    return (await query).map(toRecord);
  }

  /**
   * Goes on from the time that the schedule came to as it was read, if nobody did yet and nobody changed it. Without a next
   * time it has ended.
   */
  async advance(tx: Tx, seen: ScheduleRecord, to: number | undefined): Promise<boolean> {
    const changed = await knexOf(tx)<ScheduleRow>('schedules')
      .where({ id: seen.id, next_at: seen.nextAt, state: 'active', updated_at: seen.updatedAt })
      .update(to === undefined ? { next_at: null, state: 'ended' } : { next_at: to });
    return changed > 0;
  }

  async findOccurrence(tx: Tx, id: string, at: number): Promise<OccurrenceRecord | undefined> {
    const row = await knexOf(tx)<OccurrenceRow>('schedule_occurrences')
      .where({ schedule_id: id, occurrence_at: at })
      .first();
    return row && occurrenceOf(row);
  }

  /** Writes down what became of some times; those of which it is known already stay. Gives the times that were new. */
  async insertOccurrences(
    tx: Tx,
    id: string,
    occurrences: readonly OccurrenceRecord[],
    now: number,
  ): Promise<number[]> {
    const rows = await insertRows<keyof OccurrenceRow, { occurrence_at: number }>(knexOf(tx), {
      table: 'schedule_occurrences',
      columns: ['schedule_id', 'occurrence_at', 'outcome', 'status_id', 'message', 'created_at'],
      rows: occurrences.map(({ at, outcome, statusId, message }) => ({
        schedule_id: id,
        occurrence_at: at,
        outcome,
        status_id: statusId,
        message,
        created_at: now,
      })),
      conflict: ['schedule_id', 'occurrence_at'],
      returning: ['occurrence_at'],
    });
    return rows.map((row) => row.occurrence_at);
  }

  /** Forgets at most so many times from before a time. How many there were. */
  deleteOccurrencesBefore(tx: Tx, before: number, atMost: number): Promise<number> {
    const db = knexOf(tx);
    const key = ['schedule_id', 'occurrence_at'];
    const old = db('schedule_occurrences').where('occurrence_at', '<', before).limit(atMost).select(key);
    return db('schedule_occurrences').whereIn(key, old).delete();
  }

  async listOccurrences(id: string, from: number, to: number, limit: number): Promise<OccurrenceRecord[]> {
    const rows = await this.database<OccurrenceRow>('schedule_occurrences')
      .where({ schedule_id: id })
      .whereBetween('occurrence_at', [from, to])
      .orderBy('occurrence_at')
      .limit(limit);
    return rows.map(occurrenceOf);
  }
}

function occurrenceOf(row: OccurrenceRow): OccurrenceRecord {
  return { at: row.occurrence_at, outcome: row.outcome, statusId: row.status_id, message: row.message };
}

function toRow(record: ScheduleRecord): ScheduleRow {
  return {
    id: record.id,
    organization_id: record.organizationId,
    session_id: record.sessionId,
    name: record.name,
    body: JSON.stringify(record.body),
    rule: record.rule,
    starts_at: record.startsAt,
    time_zone: record.timeZone,
    late_by_minutes: record.lateByMinutes,
    state: record.state,
    next_at: record.nextAt,
    created_by: record.createdBy,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}

function toRecord(row: ScheduleRow): ScheduleRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    sessionId: row.session_id,
    name: row.name,
    body: JSON.parse(row.body) as SendStatusBody,
    rule: row.rule,
    startsAt: row.starts_at,
    timeZone: row.time_zone,
    lateByMinutes: row.late_by_minutes,
    state: row.state,
    nextAt: row.next_at,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
