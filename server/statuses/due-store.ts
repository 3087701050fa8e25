import type { Database } from '../db/database.js';

export interface DueStatus {
  id: string;
  sessionId: string;
  organizationId: string;
}

interface PlaceRow {
  id: string;
  session_id: string;
  organization_id: string;
}

/** Which planned statuses are due, too late, or wait for something that will not come. */
export class DueStore {
  constructor(private readonly database: Database) {}

  /** Planned for `now` or earlier and not in the queue yet, the earliest first. */
  async listDue(now: number, limit: number): Promise<DueStatus[]> {
    const rows = await this.rows()
      .where({ state: 'scheduled' })
      .where('scheduled_at', '<=', now)
      .orderBy(['scheduled_at', 'id'])
      .limit(limit);
    return rows.map(placeOf);
  }

  /** In the queue, and nothing of them has left, although it is too late by now. */
  async listMissed(now: number, limit: number): Promise<DueStatus[]> {
    const rows = await this.rows()
      .where({ state: 'queued' })
      .whereNull('started_at')
      .whereNotNull('late_by_minutes')
      .whereRaw('scheduled_at + late_by_minutes * cast(60000 as bigint) < ?', [now])
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
