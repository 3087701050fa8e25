import { insertRows, whereAnyOf } from '../db/dialect.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { Database } from '../db/database.js';
import type { PeopleScope } from '../people/person.js';
import { quarterMs, type QuarterSums, type SummedKind, summedKinds } from './activity.js';

/** A status of which something was stored before there were sums of it. */
export interface Uncounted {
  statusId: string;
  sessionId: string;
}

interface BacklogRow {
  status_id: string;
  session_id: string;
  /** What is to be summed up; null: everything. */
  kind: SummedKind | null;
}

/** Where a view says when one person did it, and whether they did. */
const inViews: Readonly<Record<SummedKind, { at: string; done: string }>> = {
  delivered: { at: 'delivered_at', done: 'delivered_at' },
  viewed: { at: 'viewed_at', done: 'viewed_at' },
  reacted: { at: 'reacted_at', done: 'reaction' },
  replied: { at: 'replied_at', done: 'replied_at' },
};

/** By what rows are told apart. */
const key = ['session_id', 'quarter', 'status_id'] as const;

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
      conflict: key,
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
    const rows = await this.database<BacklogRow>('activity_backlog')
      .select('status_id', 'session_id')
      .orderBy('status_id', 'desc')
      .limit(limit);
    return rows.map((row) => ({ statusId: row.status_id, sessionId: row.session_id }));
  }

  /**
   * Sums up what was not summed up yet of a status: all of it, or one kind. Whoever calls it sees to it that nobody counts for
   * its session meanwhile.
   */
  async countAnew(tx: Tx, { sessionId, organizationId }: PeopleScope, statusId: string): Promise<void> {
    const db = knexOf(tx);
    const backlog = () => db<BacklogRow>('activity_backlog').where({ status_id: statusId });
    const left = await backlog().first('kind');
    if (!left) return;
    await backlog().delete();
    const kinds = left.kind === null ? summedKinds : [left.kind];
    const ofStatus = () => db('status_activity').where({ status_id: statusId });
    const none = (some: readonly SummedKind[]) => Object.fromEntries(some.map((kind) => [kind, 0]));
    // What was counted meanwhile is among the views.
    await ofStatus().update(none(kinds));
    const each = kinds.map((kind) => {
      const ones = kinds.map((other) => `${other === kind ? '1' : '0'} as ${other}`);
      const { at, done } = inViews[kind];
      return `select ${at} / ${String(quarterMs)} as quarter, ${ones.join(', ')} from views where status_id = ? and ${done} is not null`;
    });
    await db.raw(
      `insert into status_activity (session_id, quarter, status_id, organization_id, ${kinds.join(', ')})
       select ?, quarter, ?, ?, ${kinds.map((kind) => `sum(${kind})`).join(', ')}
       from (${each.join(' union all ')}) as done where quarter is not null group by quarter
       on conflict (${key.join(', ')}) do update set ${kinds.map((kind) => `${kind} = status_activity.${kind} + excluded.${kind}`).join(', ')}`,
      [sessionId, statusId, organizationId, ...kinds.map(() => statusId)],
    );
    await ofStatus().where(none(summedKinds)).delete();
  }
}
