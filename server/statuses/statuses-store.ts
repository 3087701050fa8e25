import type { Knex } from 'knex';
import type { Audience } from '../contract/audiences.js';
import type { WaitingCode } from '../contract/pace.js';
import type { StatusAudience, StatusState, StatusStyle, StatusType } from '../contract/statuses.js';
import type { Database } from '../db/database.js';
import { whereAnyOf } from '../db/dialect.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import { planColumns, planOf, type PlanColumns } from './plan.js';
import type { StatusRecord } from './status.js';

/** Which statuses a list holds. A missing or null part does not narrow it. */
export interface StatusFilter {
  organizationId: string | null;
  sessionId: string | null;
  state: StatusState | undefined;
  type: StatusType | undefined;
  /** Created, or planned to go out, at or after; epoch milliseconds. */
  from: number;
  /** Created before. */
  to: number | undefined;
}

/** What changes when a status takes its next step. What is left out stays. */
export interface StatusChange {
  state?: StatusState;
  updatedAt: number;
  content?: string;
  caption?: string | null;
  style?: StatusStyle;
  audience?: StatusAudience;
  targeted?: number;
  leftOut?: number;
  error?: { code: string; message: string } | null;
  startedAt?: null;
  deleteRequestedAt?: number | null;
  revokeId?: string;
  revokeAttempts?: number;
  deletionError?: { code: string; message: string } | null;
  sentAt?: number;
  expiresAt?: number;
  included?: number;
  attempts?: number;
  scheduledAt?: number;
  timeZone?: string | null;
  lateByMinutes?: number | null;
  chosenAudience?: Audience | null;
}

interface StatusRow extends PlanColumns {
  id: string;
  organization_id: string;
  session_id: string;
  message_id: string;
  type: StatusType;
  content: string;
  caption: string | null;
  style: string;
  audience: string | null;
  media: string | null;
  preview: string | null;
  state: StatusState;
  error_code: string | null;
  error_message: string | null;
  targeted: number;
  included: number;
  delivered: number;
  viewed: number;
  reacted: number;
  replied: number;
  left_out: number;
  attempts: number;
  delete_requested_at: number | null;
  revoke_id: string | null;
  revoke_attempts: number;
  taken_back: number;
  deletion_error_code: string | null;
  deletion_error_message: string | null;
  created_by: string;
  created_at: number;
  updated_at: number;
  scheduled_at: number | null;
  started_at: number | null;
  waiting_until: number | null;
  waiting_code: WaitingCode | null;
  waiting_message: string | null;
  sent_at: number | null;
  expires_at: number | null;
}

/** In a series, what comes before has to be out of the way. */
const nothingBefore = `not exists (select 1 from statuses as earlier where earlier.series_id = statuses.series_id
  and earlier.series_position < statuses.series_position and earlier.state in ('scheduled', 'queued', 'sending', 'failed'))`;

export class StatusesStore {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, record: StatusRecord): Promise<void> {
    await knexOf(tx)<StatusRow>('statuses').insert(toRow(record));
  }

  async find(sessionId: string, id: string, source: Tx | Database = this.database): Promise<StatusRecord | undefined> {
    const row = await knexOf(source)<StatusRow>('statuses').where({ id, session_id: sessionId }).first();
    return row && toRecord(row);
  }

  /** Newest first. `after` is the id that ended the page before; ids sort as their creation does. */
  async list(
    filter: StatusFilter,
    page: { limit: number; after: string | undefined },
  ): Promise<{ records: StatusRecord[]; total: number }> {
    const rows = this.filtered(filter).orderBy('id', 'desc').limit(page.limit);
    if (page.after !== undefined) rows.where('id', '<', page.after);
    const counted: { total?: string | number } | undefined = await this.filtered(filter).count({ total: '*' }).first();
    return { records: (await rows).map(toRecord), total: Number(counted?.total ?? 0) };
  }

  async listByMessageIds(tx: Tx, sessionId: string, messageIds: readonly string[]): Promise<StatusRecord[]> {
    const db = knexOf(tx);
    const query = db<StatusRow>('statuses').where({ session_id: sessionId }).select('*');
    return (await whereAnyOf(db, query, 'message_id', messageIds)).map(toRecord);
  }

  /** In the order in which they go out. */
  async listSeries(sessionId: string, seriesId: string): Promise<StatusRecord[]> {
    const rows = await this.database<StatusRow>('statuses')
      .where({ session_id: sessionId, series_id: seriesId })
      .orderBy('series_position');
    return rows.map(toRecord);
  }

  async listByIds(tx: Tx, ids: readonly string[]): Promise<StatusRecord[]> {
    const db = knexOf(tx);
    return (await whereAnyOf(db, db<StatusRow>('statuses').select('*'), 'id', ids)).map(toRecord);
  }

  /**
   * Takes the next status of a session into work: one whose attempt was cut short by the end of a process first, then
   * the oldest in the queue; nothing that is being taken back. Only the owner of the session may call it, for one status at a time.
   */
  async claimNext(tx: Tx, sessionId: string, now: number): Promise<StatusRecord | undefined> {
    const db = knexOf(tx);
    const next = await db<StatusRow>('statuses')
      .where({ session_id: sessionId })
      .whereIn('state', ['sending', 'queued'])
      .whereNull('delete_requested_at')
      .whereRaw(nothingBefore)
      .orderByRaw(`case state when 'sending' then 0 else 1 end, id`)
      .forUpdate()
      .first();
    if (!next) return undefined;
    const claimed: Partial<StatusRow> = {
      state: 'sending',
      attempts: next.attempts + 1,
      updated_at: now,
      started_at: now,
      waiting_until: null,
      waiting_code: null,
      waiting_message: null,
    };
    await db<StatusRow>('statuses').where({ id: next.id }).update(claimed);
    return toRecord({ ...next, ...claimed });
  }

  /** The next status of a session that has to be taken back; the oldest wish first. Only the owner may call it. */
  async claimDeletion(tx: Tx, sessionId: string): Promise<StatusRecord | undefined> {
    const db = knexOf(tx);
    const next = await db<StatusRow>('statuses')
      .where({ session_id: sessionId })
      .whereNotNull('delete_requested_at')
      .orderBy(['delete_requested_at', 'id'])
      .forUpdate()
      .first();
    if (!next) return undefined;
    const revokeAttempts = next.revoke_attempts + 1;
    await db<StatusRow>('statuses').where({ id: next.id }).update({ revoke_attempts: revokeAttempts });
    return toRecord({ ...next, revoke_attempts: revokeAttempts });
  }

  /**
   * Changes a status that is in one of the expected states. Undefined, and nothing changed, when it is not. `unstarted`:
   * only when it never was handed to WhatsApp; `seen`: only when nobody changed it since it was read.
   */
  async change(
    tx: Tx,
    id: string,
    expected: readonly StatusState[],
    change: StatusChange,
    { unstarted = false, seen }: { unstarted?: boolean; seen?: StatusRecord } = {},
  ): Promise<StatusRecord | undefined> {
    const query = knexOf(tx)<StatusRow>('statuses').where({ id }).whereIn('state', expected);
    if (unstarted) query.whereNull('started_at');
    if (seen) query.where({ updated_at: seen.updatedAt });
    const [row] = await query.update(changedColumns(change)).returning('*');
    return row && toRecord(row);
  }

  /** Adds to the counters of one status. */
  async addCounts(tx: Tx, id: string, gain: { delivered: number; viewed: number }): Promise<void> {
    await knexOf(tx)<StatusRow>('statuses')
      .where({ id })
      .update({
        delivered: knexOf(tx).raw('delivered + ?', [gain.delivered]),
        viewed: knexOf(tx).raw('viewed + ?', [gain.viewed]),
      });
  }

  /** One more device could not open it. */
  async addRetry(tx: Tx, id: string): Promise<void> {
    await knexOf(tx)('statuses').where({ id }).increment('retries', 1);
  }

  /** It was taken back from so many more people. Undefined when it is gone. */
  async addTakenBack(tx: Tx, id: string, people: number): Promise<StatusRecord | undefined> {
    const db = knexOf(tx);
    const rows = db<StatusRow>('statuses').where({ id });
    const [row] = await rows.update({ taken_back: db.raw('taken_back + ?', [people]) }).returning('*');
    return row && toRecord(row);
  }

  /** How long the last posts took for each person; undefined when there were none. */
  async recentMsPerPerson(sessionId: string): Promise<number | undefined> {
    const rows = await this.database<StatusRow>('statuses')
      .where({ session_id: sessionId })
      .whereNotNull('sent_at')
      .whereNotNull('started_at')
      .where('included', '>', 0)
      .orderBy('started_at', 'desc')
      .limit(5)
      .select('started_at', 'sent_at', 'included');
    const people = rows.reduce((sum, row) => sum + row.included, 0);
    const ms = rows.reduce((sum, row) => sum + Math.max(0, (row.sent_at ?? 0) - (row.started_at ?? 0)), 0);
    return people === 0 ? undefined : ms / people;
  }

  /** Sessions with something in the queue or in work. */
  async sessionsWithWork(): Promise<string[]> {
    const inQueue = this.database<StatusRow>('statuses').whereIn('state', ['queued', 'sending']).select('session_id');
    const toTakeBack = this.database<StatusRow>('statuses').whereNotNull('delete_requested_at').select('session_id');
    const rows: { session_id: string }[] = await inQueue.union(toTakeBack);
    return rows.map((row) => row.session_id);
  }

  /** Which of these are still to be posted. */
  async listWaiting(ids: readonly string[]): Promise<Set<string>> {
    const query = this.database<StatusRow>('statuses').whereIn('state', ['scheduled', 'queued', 'sending']).select('*');
    const rows = (await whereAnyOf(this.database, query, 'id', ids)).map(toRecord);
    return new Set(rows.map(({ id }) => id));
  }

  /** Marks as expired what WhatsApp shows no more; at most `limit` at a time. */
  async expire(tx: Tx, now: number, limit: number): Promise<StatusRecord[]> {
    const db = knexOf(tx);
    const due = db<StatusRow>('statuses')
      .where({ state: 'sent' })
      .where('expires_at', '<=', now)
      .select('id')
      .limit(limit);
    const rows = await db<StatusRow>('statuses')
      .whereIn('id', due)
      .where({ state: 'sent' })
      .update({ state: 'expired', updated_at: now, delete_requested_at: null })
      .returning('*');
    return rows.map(toRecord);
  }

  private filtered(filter: StatusFilter): Knex.QueryBuilder<StatusRow, StatusRow[]> {
    const query = this.database<StatusRow>('statuses').where((either) => {
      void either.where('created_at', '>=', filter.from).orWhere('scheduled_at', '>=', filter.from);
    });
    if (filter.organizationId !== null) query.where('organization_id', filter.organizationId);
    if (filter.sessionId !== null) query.where('session_id', filter.sessionId);
    if (filter.state !== undefined) query.where('state', filter.state);
    if (filter.type !== undefined) query.where('type', filter.type);
    if (filter.to !== undefined) query.where('created_at', '<', filter.to);
    return query;
  }
}

function changedColumns(change: StatusChange): Partial<StatusRow> {
  const { style, audience, error, deletionError } = change;
  const columns: { [K in keyof StatusRow]?: StatusRow[K] | undefined } = {
    state: change.state,
    updated_at: change.updatedAt,
    content: change.content,
    caption: change.caption,
    style: style && JSON.stringify(style),
    audience: audience && JSON.stringify(audience),
    targeted: change.targeted,
    included: change.included,
    left_out: change.leftOut,
    error_code: error && error.code,
    error_message: error && error.message,
    started_at: change.startedAt,
    sent_at: change.sentAt,
    expires_at: change.expiresAt,
    attempts: change.attempts,
    scheduled_at: change.scheduledAt,
    time_zone: change.timeZone,
    late_by_minutes: change.lateByMinutes,
    chosen_audience: change.chosenAudience && JSON.stringify(change.chosenAudience),
    delete_requested_at: change.deleteRequestedAt,
    revoke_id: change.revokeId,
    revoke_attempts: change.revokeAttempts,
    deletion_error_code: deletionError && deletionError.code,
    deletion_error_message: deletionError && deletionError.message,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

function errorOf(code: string | null, message: string | null): { code: string; message: string } | null {
  return code === null ? null : { code, message: message ?? code };
}

function toRow(record: StatusRecord): StatusRow {
  return {
    id: record.id,
    organization_id: record.organizationId,
    session_id: record.sessionId,
    message_id: record.messageId,
    type: record.type,
    content: record.content,
    caption: record.caption,
    style: JSON.stringify(record.style),
    media: record.media && JSON.stringify(record.media),
    preview: record.preview && JSON.stringify(record.preview),
    state: record.state,
    error_code: record.errorCode,
    error_message: record.errorMessage,
    ...record.counts,
    audience: record.audience && JSON.stringify(record.audience),
    left_out: record.leftOut,
    delete_requested_at: record.deleteRequestedAt,
    revoke_id: record.revokeId,
    revoke_attempts: record.revokeAttempts,
    taken_back: record.takenBack,
    deletion_error_code: record.deletionError?.code ?? null,
    deletion_error_message: record.deletionError?.message ?? null,
    attempts: record.attempts,
    created_by: record.createdBy,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    scheduled_at: record.scheduledAt,
    started_at: record.startedAt,
    waiting_until: record.waitingUntil,
    waiting_code: record.waitingReason?.code ?? null,
    waiting_message: record.waitingReason?.message ?? null,
    sent_at: record.sentAt,
    expires_at: record.expiresAt,
    ...planColumns(record.plan),
  };
}

function toRecord(row: StatusRow): StatusRecord {
  const { targeted, included, delivered, viewed, reacted, replied } = row;
  return {
    id: row.id,
    organizationId: row.organization_id,
    sessionId: row.session_id,
    messageId: row.message_id,
    type: row.type,
    content: row.content,
    caption: row.caption,
    style: JSON.parse(row.style) as StatusRecord['style'],
    media: row.media === null ? null : (JSON.parse(row.media) as StatusRecord['media']),
    preview: row.preview === null ? null : (JSON.parse(row.preview) as StatusRecord['preview']),
    state: row.state,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    counts: { targeted, included, delivered, viewed, reacted, replied },
    audience: row.audience === null ? null : (JSON.parse(row.audience) as StatusAudience),
    leftOut: row.left_out,
    deleteRequestedAt: row.delete_requested_at,
    revokeId: row.revoke_id,
    revokeAttempts: row.revoke_attempts,
    takenBack: row.taken_back,
    deletionError: errorOf(row.deletion_error_code, row.deletion_error_message),
    attempts: row.attempts,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    scheduledAt: row.scheduled_at,
    startedAt: row.started_at,
    waitingUntil: row.waiting_until,
    waitingReason:
      row.waiting_code === null ? null : { code: row.waiting_code, message: row.waiting_message ?? row.waiting_code },
    sentAt: row.sent_at,
    expiresAt: row.expires_at,
    plan: planOf(row),
  };
}
