import type { Knex } from 'knex';
import type { Principal } from '../access/principal.js';
import type { Stats } from '../contract/monitoring.js';
import type { Database } from '../db/database.js';

type Reach = Pick<Principal, 'organizationId' | 'sessionId'>;

const dayMs = 24 * 60 * 60_000;

/** Totals over the tables of several features; it reads and never writes. */
export class StatsStore {
  constructor(private readonly database: Database) {}

  async totals(reach: Reach, now: Date): Promise<Stats> {
    const since = now.getTime() - dayMs;
    const [sessions, statuses, views, people] = await Promise.all([
      this.count('sessions', reach, { total: '1=1', connected: `state = 'connected'` }),
      this.count('statuses', reach, {
        total: '1=1',
        sent: `sent_at is not null`,
        failed: `state = 'failed'`,
        last24Hours: `created_at >= ${String(since)}`,
      }),
      this.countViews(reach, since),
      this.count('people', reach, { total: '1=1' }),
    ]);
    return { sessions, statuses, views, people };
  }

  private async count<K extends string>(
    table: string,
    reach: Reach,
    conditions: Readonly<Record<K, string>>,
  ): Promise<Record<K, number>> {
    const query = this.database(table).where((where) => within(where, table, reach));
    return counted(this.database, query, conditions);
  }

  private async countViews(reach: Reach, since: number): Promise<{ total: number; last24Hours: number }> {
    const query = this.database('views')
      .join('statuses', 'statuses.id', 'views.status_id')
      .whereNotNull('views.viewed_at')
      .where((where) => within(where, 'statuses', reach));
    return counted(this.database, query, { total: '1=1', last24Hours: `views.viewed_at >= ${String(since)}` });
  }
}

function within(query: Knex.QueryBuilder, table: string, reach: Reach): void {
  if (reach.organizationId !== null) void query.where(`${table}.organization_id`, reach.organizationId);
  if (reach.sessionId !== null) void query.where(`${table}.session_id`, reach.sessionId);
}

async function counted<K extends string>(
  database: Database,
  query: Knex.QueryBuilder,
  conditions: Readonly<Record<K, string>>,
): Promise<Record<K, number>> {
  const names = Object.keys(conditions) as K[];
  const columns = names.map((name) =>
    database.raw(`sum(case when ${conditions[name]} then 1 else 0 end) as ??`, [name]),
  );
  const [row] = (await query.select(columns)) as Partial<Record<K, number | null>>[];
  const zero = {} as Record<K, number>;
  for (const name of names) zero[name] = row?.[name] ?? 0;
  return zero;
}
