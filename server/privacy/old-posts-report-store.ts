import type { Database } from '../db/database.js';
import { withoutIndex } from '../db/dialect.js';

/** What keeps others of its series back as long as it is there. */
const holdsBack = `series_id is not null and exists (select 1 from statuses as later where later.series_id = statuses.series_id
  and later.state in ('scheduled', 'queued', 'sending'))`;

/** Finds statuses that can be forgotten; it reads and never writes. */
export class OldPostsReportStore {
  constructor(private readonly database: Database) {}

  /** Of one session, the oldest first, those that went out before a time, or were to. */
  async list(before: number, limit: number): Promise<{ sessionId: string; statusIds: string[] } | undefined> {
    const postedAt = 'coalesce(sent_at, scheduled_at, created_at)';
    const rows: { id: string; session_id: string }[] = await this.database('statuses')
      .whereRaw(`${postedAt} < ?`, [before])
      .whereRaw(`${withoutIndex(this.database, 'state')} not in ('scheduled', 'queued', 'sending')`)
      .whereRaw(`${withoutIndex(this.database, 'delete_requested_at')} is null`)
      .whereRaw(`not (${holdsBack})`)
      .orderByRaw(`${postedAt}, id`)
      .limit(limit)
      .select('id', 'session_id');
    const sessionId = rows[0]?.session_id;
    if (sessionId === undefined) return undefined;
    return { sessionId, statusIds: rows.filter((row) => row.session_id === sessionId).map(({ id }) => id) };
  }
}
