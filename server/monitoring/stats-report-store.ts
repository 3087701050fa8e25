import type { Stats } from '../contract/monitoring.js';
import type { Database } from '../db/database.js';
import { countRows, type Reach, whereReached } from '../db/lists.js';

const dayMs = 24 * 60 * 60_000;

/**
 * WhatsApp shows a status for a day, so that what is viewed within a day was posted within two; a phone may tell of it late.
 * Looking at the newest statuses only is what makes the question cheap where there are millions of views.
 */
const viewedWithinMs = 3 * dayMs;

/** Totals over the tables of several features; it reads and never writes. */
export class StatsReportStore {
  constructor(private readonly database: Database) {}

  /** Views are summed from the counters of statuses, of which deleted ones are gone. */
  async totals(reach: Reach, now: Date): Promise<Stats> {
    const since = now.getTime() - dayMs;
    const [sessions, statuses, last24Hours, people] = await Promise.all([
      this.count('sessions', reach, { total: '1', connected: `case when state = 'connected' then 1 end` }),
      this.count('statuses', reach, {
        total: '1',
        sent: 'case when sent_at is not null then 1 end',
        failed: `case when state = 'failed' then 1 end`,
        last24Hours: `case when created_at >= ${String(since)} then 1 end`,
        viewed: 'viewed',
      }),
      this.countViewsSince(reach, since),
      this.countPeople(reach),
    ]);
    const { viewed, ...counts } = statuses;
    return { sessions, statuses: counts, views: { total: viewed, last24Hours }, people: { total: people } };
  }

  private async count<K extends string>(
    table: string,
    reach: Reach,
    sums: Readonly<Record<K, string>>,
  ): Promise<Record<K, number>> {
    const query = whereReached(this.database(table), reach);
    const names = Object.keys(sums) as K[];
    const columns = names.map((name) => this.database.raw(`sum(${sums[name]}) as ??`, [name]));
    const [row] = (await query.select(columns)) as Partial<Record<K, number | null>>[];
    const counts = {} as Record<K, number>;
    for (const name of names) counts[name] = row?.[name] ?? 0;
    return counts;
  }

  private async countViewsSince(reach: Reach, since: number): Promise<number> {
    const recent = whereReached(this.database('statuses'), reach)
      .whereRaw('coalesce(sent_at, scheduled_at, created_at) >= ?', [since + dayMs - viewedWithinMs])
      .select('id');
    return countRows(this.database('views').whereIn('status_id', recent).where('viewed_at', '>=', since));
  }

  /** By account, since there is an index of each one's people. */
  private async countPeople(reach: Reach): Promise<number> {
    const query = this.database('people');
    if (reach.sessionId !== null) void query.where('session_id', reach.sessionId);
    if (reach.organizationId !== null) {
      const sessions = this.database('sessions').where('organization_id', reach.organizationId).select('session_id');
      void query.whereIn('session_id', sessions);
    }
    return countRows(query);
  }
}
