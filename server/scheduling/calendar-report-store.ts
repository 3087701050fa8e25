import type { StatusMedia, StatusState, StatusStyle, StatusType } from '../contract/statuses.js';
import type { Database } from '../db/database.js';
import { whereAnyOf } from '../db/dialect.js';
import { type Reach, whereReached } from '../db/lists.js';
import type { PlaceInTime } from '../lib/cursors.js';

/** What a look at the calendar covers: `from` counts, `to` does not; of one moment those after an id. */
export interface CalendarSpan extends Reach {
  from: number;
  to: number;
  /** Where the part before ended. */
  after: PlaceInTime | undefined;
}

/** A status at its time. Times are epoch milliseconds. */
export interface StatusAtTime {
  at: number;
  id: string;
  sessionId: string;
  type: StatusType;
  content: string;
  caption: string | null;
  style: StatusStyle;
  media: StatusMedia | null;
  state: StatusState;
  error: { code: string; message: string } | null;
  scheduleId: string | null;
  broadcastId: string | null;
  seriesId: string | null;
}

/** A time of a schedule of which no status came. */
export interface EmptyTime {
  at: number;
  scheduleId: string;
  outcome: 'missed' | 'failed';
  message: string | null;
}

interface StatusAtTimeRow {
  at: number;
  id: string;
  session_id: string;
  type: StatusType;
  content: string;
  caption: string | null;
  style: string;
  media: string | null;
  state: StatusState;
  error_code: string | null;
  error_message: string | null;
  schedule_id: string | null;
  broadcast_id: string | null;
  series_id: string | null;
}

/** As the index has it. */
const timeOf = 'coalesce(sent_at, scheduled_at, created_at)';

/** The SQL of the calendar. */
export class CalendarReportStore {
  constructor(private readonly database: Database) {}

  /** What was posted, tried and planned, in its order; without what was taken back. */
  async listStatuses(span: CalendarSpan, limit: number): Promise<StatusAtTime[]> {
    const { from, to, after } = span;
    const query = whereReached(this.database('statuses'), span)
      .whereRaw(`${timeOf} >= ?`, [from])
      .whereRaw(`${timeOf} < ?`, [to])
      .whereNotIn('state', ['canceled', 'deleted'])
      .orderByRaw(`${timeOf}, id`)
      .limit(limit);
    if (after) void query.whereRaw(`(${timeOf}, id) > (?, ?)`, [after.at, after.id]);
    const columns = ['id', 'session_id', 'type', 'content', 'caption', 'style', 'media', 'state'];
    const more = ['error_code', 'error_message', 'schedule_id', 'broadcast_id', 'series_id'];
    const rows: StatusAtTimeRow[] = await query.select(...columns, ...more, this.database.raw(`${timeOf} as at`));
    return rows.map(statusOf);
  }

  /** Times of schedules that passed without a status, in their order. */
  async listEmptyTimes(span: CalendarSpan, limit: number): Promise<EmptyTime[]> {
    const { from, to, after } = span;
    const occurrences = this.database('schedule_occurrences as o').join('schedules as s', 's.id', 'o.schedule_id');
    const query = whereReached(occurrences, span, 's')
      .where('o.occurrence_at', '>=', from)
      .where('o.occurrence_at', '<', to)
      .whereIn('o.outcome', ['missed', 'failed'])
      .whereNull('o.status_id')
      .orderBy(['o.occurrence_at', 'o.schedule_id'])
      .limit(limit);
    if (after) void query.whereRaw('(o.occurrence_at, o.schedule_id) > (?, ?)', [after.at, after.id]);
    const rows: {
      occurrence_at: number;
      schedule_id: string;
      outcome: EmptyTime['outcome'];
      message: string | null;
    }[] = await query.select('o.occurrence_at', 'o.schedule_id', 'o.outcome', 'o.message');
    return rows.map((row) => ({
      at: row.occurrence_at,
      scheduleId: row.schedule_id,
      outcome: row.outcome,
      message: row.message,
    }));
  }

  /** The times between of which it is settled what becomes of them, as `scheduleId time`. */
  async listSettledTimes(scheduleIds: readonly string[], from: number, to: number): Promise<Set<string>> {
    const query = this.database<{ schedule_id: string; occurrence_at: number }>('schedule_occurrences')
      .whereBetween('occurrence_at', [from, to])
      .select('schedule_id', 'occurrence_at');
    const rows: { schedule_id: string; occurrence_at: number }[] = await whereAnyOf(
      this.database,
      query,
      'schedule_id',
      scheduleIds,
    );
    return new Set(rows.map((row) => `${row.schedule_id} ${String(row.occurrence_at)}`));
  }
}

function statusOf(row: StatusAtTimeRow): StatusAtTime {
  const { at, id, type, content, caption, state } = row;
  const code = row.error_code;
  return {
    at,
    id,
    sessionId: row.session_id,
    type,
    content,
    caption,
    state,
    style: JSON.parse(row.style) as StatusStyle,
    media: row.media === null ? null : (JSON.parse(row.media) as StatusMedia),
    error: code === null ? null : { code, message: row.error_message ?? code },
    scheduleId: row.schedule_id,
    broadcastId: row.broadcast_id,
    seriesId: row.series_id,
  };
}
