import type { Database } from '../db/database.js';
import { withoutIndex } from '../db/dialect.js';

/** Finds statuses of which it can be forgotten who got and who viewed them; it reads and never writes. */
export class OldPeopleReportStore {
  constructor(private readonly database: Database) {}

  /**
   * Of one session, the oldest first, those that went out before a time. Views that are not added up yet are kept until they are.
   */
  async listWithPeople(before: number, limit: number): Promise<{ sessionId: string; statusIds: string[] } | undefined> {
    const postedAt = 'coalesce(sent_at, scheduled_at, created_at)';
    const rows: { id: string; session_id: string }[] = await this.database('statuses')
      .whereRaw(`has_people = 1 and ${postedAt} < ?`, [before])
      .whereNotIn('state', ['scheduled', 'queued', 'sending'])
      .whereRaw(`${withoutIndex(this.database, 'delete_requested_at')} is null`)
      .whereRaw('not exists (select 1 from activity_backlog as b where b.status_id = statuses.id)')
      .orderByRaw(`${postedAt}, id`)
      .limit(limit)
      .select('id', 'session_id');
    const sessionId = rows[0]?.session_id;
    if (sessionId === undefined) return undefined;
    return { sessionId, statusIds: rows.filter((row) => row.session_id === sessionId).map(({ id }) => id) };
  }
}
