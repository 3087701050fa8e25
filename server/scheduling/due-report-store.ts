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

/** A part of a walk through what one organization has. */
export interface DuePage<T> {
  organizationId: string;
  limit: number;
  /** Where the part before ended. */
  after: T | undefined;
}

/** Which planned statuses are due, too late, or wait for something that will not come. */
export class DueReportStore {
  constructor(private readonly database: Database) {}

  /** Organizations that have something for one of the lists below, perhaps. */
  async listOrganizations(now: number): Promise<string[]> {
    const rows = await this.database<PlaceRow & StateRow>('statuses')
      .whereIn('state', ['scheduled', 'queued'])
      .where((either) => void either.where('scheduled_at', '<=', now).orWhereNotNull('series_id'))
      .distinct('organization_id');
    return rows.map((row) => row.organization_id);
  }

  /** Planned for `now` or earlier and not in the queue yet, the earliest first. */
  async listDue(now: number, { organizationId, limit, after }: DuePage<DuePlace>): Promise<DuePlace[]> {
    const query = this.rows()
      .select('scheduled_at')
      .where({ state: 'scheduled', organization_id: organizationId })
      .where('scheduled_at', '<=', now)
      .orderBy(['scheduled_at', 'id'])
      .limit(limit);
    if (after) void query.whereRaw('(scheduled_at, id) > (?, ?)', [after.scheduledAt, after.id]);
    const rows = await query;
    return rows.map((row) => ({ ...placeOf(row), scheduledAt: row.scheduled_at ?? 0 }));
  }

  /** Nothing of them has left, although it is too late by now ({@link lateFrom}). */
  async listMissed(now: number, page: DuePage<DueStatus>): Promise<DueStatus[]> {
    const rows = await this.pageOf(page)
      .where('scheduled_at', '<', now)
      .whereNull('started_at')
      .whereNotNull('late_by_minutes')
      .whereRaw('scheduled_at + (late_by_minutes + 1) * cast(60000 as bigint) <= ?', [now]);
    return rows.map(placeOf);
  }

  /** Waiting in a series of which an earlier part failed. */
  async listStopped(page: DuePage<DueStatus>): Promise<DueStatus[]> {
    const rows = await this.pageOf(page)
      .whereNotNull('series_id')
      .whereRaw(
        `exists (select 1 from statuses as earlier where earlier.series_id = statuses.series_id
         and earlier.series_position < statuses.series_position and earlier.state = 'failed')`,
      );
    return rows.map(placeOf);
  }

  private pageOf({ organizationId, limit, after }: DuePage<DueStatus>) {
    const query = this.rows()
      .where({ organization_id: organizationId })
      .whereIn('state', ['scheduled', 'queued'])
      .orderBy('id')
      .limit(limit);
    if (after) void query.where('id', '>', after.id);
    return query;
  }

  private rows() {
    return this.database<PlaceRow & StateRow>('statuses').select(...(['id', 'session_id', 'organization_id'] as const));
  }
}

interface StateRow {
  state: string;
  scheduled_at: number | null;
}

function placeOf(row: PlaceRow): DueStatus {
  return { id: row.id, sessionId: row.session_id, organizationId: row.organization_id };
}
