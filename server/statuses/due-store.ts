import type { Database } from '../db/database.js';

export interface DueStatus {
  id: string;
  sessionId: string;
  organizationId: string;
}

/** Where a walk through what is due goes on. */
export interface DuePlace extends DueStatus {
  scheduledAt: number;
}

interface PlaceRow {
  id: string;
  session_id: string;
  organization_id: string;
}

/** Which planned statuses are due, too late, or wait for something that will not come. */
export class DueStore {
  constructor(private readonly database: Database) {}

  /** Planned for `now` or earlier and not in the queue yet, the earliest first; those after `after`. */
  async listDue(now: number, limit: number, after?: DuePlace): Promise<DuePlace[]> {
    const query = this.rows()
      .select('scheduled_at')
      .where({ state: 'scheduled' })
      .where('scheduled_at', '<=', now)
      .orderBy(['scheduled_at', 'id'])
      .limit(limit);
    if (after) void query.whereRaw('(scheduled_at, id) > (?, ?)', [after.scheduledAt, after.id]);
    const rows = await query;
    return rows.map((row) => ({ ...placeOf(row), scheduledAt: row.scheduled_at ?? 0 }));
  }

  /** Nothing of them has left, although it is too late by now ({@link lateFrom}). */
  async listMissed(now: number, limit: number): Promise<DueStatus[]> {
    const rows = await this.rows()
      .whereIn('state', ['scheduled', 'queued'])
      .where('scheduled_at', '<', now)
      .whereNull('started_at')
      .whereNotNull('late_by_minutes')
      .whereRaw('scheduled_at + (late_by_minutes + 1) * cast(60000 as bigint) <= ?', [now])
      .limit(limit);
    return rows.map(placeOf);
  }

  /** Waiting in a series of which an earlier part failed. */
  async listStopped(limit: number): Promise<DueStatus[]> {
    const rows = await this.rows()
      .whereIn('state', ['scheduled', 'queued'])
      .whereNotNull('series_id')
      .whereRaw(
        `exists (select 1 from statuses as earlier where earlier.series_id = statuses.series_id
         and earlier.series_position < statuses.series_position and earlier.state = 'failed')`,
      )
      .limit(limit);
    return rows.map(placeOf);
  }

  private rows() {
    return this.database<PlaceRow & { state: string; scheduled_at: number | null }>('statuses').select(
      ...(['id', 'session_id', 'organization_id'] as const),
    );
  }
}

function placeOf(row: PlaceRow): DueStatus {
  return { id: row.id, sessionId: row.session_id, organizationId: row.organization_id };
}
