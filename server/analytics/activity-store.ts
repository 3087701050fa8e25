import { insertRows, whereAnyOf } from '../db/dialect.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { Database } from '../db/database.js';
import type { PeopleScope } from '../people/person.js';
import { quarterMs, type QuarterSums, summedKinds } from './activity.js';

/** A status whose views were stored before there were sums. */
export interface Uncounted {
  statusId: string;
  sessionId: string;
}

/** Sums of what people did, by status and quarter of an hour. */
export class ActivityStore {
  constructor(private readonly database: Database) {}

  /** Adds to the sums of statuses of one session, and takes from them where a number is negative. */
  async add(tx: Tx, { sessionId, organizationId }: PeopleScope, sums: readonly QuarterSums[]): Promise<void> {
    const db = knexOf(tx);
    await insertRows(db, {
      table: 'status_activity',
      columns: ['session_id', 'quarter', 'status_id', 'organization_id', ...summedKinds],
      rows: sums.map(({ statusId, quarter, ...each }) => ({
        session_id: sessionId,
        quarter,
        status_id: statusId,
        organization_id: organizationId,
        ...each,
      })),
      conflict: ['session_id', 'quarter', 'status_id'],
      update: Object.fromEntries(summedKinds.map((kind) => [kind, `status_activity.${kind} + excluded.${kind}`])),
    });
    const lessened = sums.filter((sum) => summedKinds.some((kind) => sum[kind] < 0));
    if (lessened.length === 0) return;
    const empty = db('status_activity').where({
      session_id: sessionId,
      ...Object.fromEntries(summedKinds.map((kind) => [kind, 0])),
    });
    whereAnyOf(db, empty, 'quarter', [...new Set(lessened.map(({ quarter }) => quarter))]);
    await whereAnyOf(db, empty, 'status_id', [...new Set(lessened.map(({ statusId }) => statusId))]).delete();
  }

  /** Statuses that have no sums yet, the newest first. */
  async listUncounted(limit: number): Promise<Uncounted[]> {
    const rows = await this.database<{ status_id: string; session_id: string }>('activity_backlog')
      .select('status_id', 'session_id')
      .orderBy('status_id', 'desc')
      .limit(limit);
    return rows.map((row) => ({ statusId: row.status_id, sessionId: row.session_id }));
  }

  /** Sums up a status that had none. Whoever calls it sees to it that nobody counts for its session meanwhile. */
  async countAnew(tx: Tx, { sessionId, organizationId }: PeopleScope, statusId: string): Promise<void> {
    const db = knexOf(tx);
    if ((await db('activity_backlog').where({ status_id: statusId }).delete()) === 0) return;
    await db('status_activity').where({ status_id: statusId }).delete();
    const times = { delivered: 'delivered_at', viewed: 'viewed_at', reacted: 'reacted_at' } as const;
    const each = summedKinds.map((kind) => {
      const ones = summedKinds.map((other) => `${other === kind ? '1' : '0'} as ${other}`);
      const done = kind === 'reacted' ? 'reaction is not null' : `${times[kind]} is not null`;
      return `select ${times[kind]} / ${String(quarterMs)} as quarter, ${ones.join(', ')} from views where status_id = ? and ${done}`;
    });
    const names = summedKinds.join(', ');
    const sums = summedKinds.map((kind) => `sum(${kind})`).join(', ');
    await db.raw(
      `insert into status_activity (session_id, quarter, status_id, organization_id, ${names})
       select ?, quarter, ?, ?, ${sums} from (${each.join(' union all ')}) as done where quarter is not null group by quarter`,
      [sessionId, statusId, organizationId, ...summedKinds.map(() => statusId)],
    );
  }
}
