import type { Knex } from 'knex';
import type { WaitingReason } from '../contract/pace.js';
import type { StatusCounts, StatusState, StatusType } from '../contract/statuses.js';
import type { Database } from '../db/database.js';
import { whereAnyOf } from '../db/dialect.js';
import { countRows, type Reach, whereReached } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { WantedPage } from '../lib/page.js';
import type { CountsGain, StatusRecord } from './status.js';
import { changedColumns, type StatusChange, type StatusRow, toRecord, toRow } from './status-row.js';

/** Which statuses a list holds. A missing or null part does not narrow it. */
export interface StatusFilter extends Reach {
  state: StatusState | undefined;
  type: StatusType | undefined;
  /** Created, or planned to go out, at or after; epoch milliseconds. */
  from: number;
  /** Created before. */
  to: number | undefined;
}

/** In a series, what comes before has to be out of the way. */
const nothingBefore = `not exists (select 1 from statuses as earlier where earlier.series_id = statuses.series_id
  and earlier.series_position < statuses.series_position and earlier.state in ('scheduled', 'queued', 'sending', 'failed'))`;

/** Nothing was tried with it, and nothing of its series waits for it. */
const neverLeft = `state in ('canceled', 'failed') and started_at is null and delete_requested_at is null
  and not exists (select 1 from statuses as later where later.series_id = statuses.series_id
    and later.state in ('scheduled', 'queued', 'sending'))`;
const latestFirst = '(order by updated_at desc, id desc)';

/** What must be so for a change, besides the state. */
export interface ChangeGuards {
  /** It never was handed to WhatsApp. */
  unstarted?: boolean;
  /** It was not taken into work again since then. */
  startedAt?: number | null;
  /** This attempt to take it back is the last one. */
  revoking?: StatusRecord;
  /** Nobody changed it since it was read. */
  seen?: StatusRecord;
  /** It is in this one of the expected states. */
  state?: StatusState;
}

/** How many posts that never left are kept, and of how many recipients together. */
export interface UnsentKept {
  posts: number;
  recipients: number;
}

export class StatusesStore {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, record: StatusRecord): Promise<void> {
    await knexOf(tx)<StatusRow>('statuses').insert(toRow(record));
  }

  async find(sessionId: string, id: string, source: Tx | Database = this.database): Promise<StatusRecord | undefined> {
    const row = await knexOf(source)<StatusRow>('statuses').where({ id, session_id: sessionId }).first();
    return row && toRecord(row);
  }

  /** Newest first. `after` is the id that ended the page before; ids sort as their creation does. */
  async list(filter: StatusFilter, page: WantedPage<string>): Promise<{ records: StatusRecord[]; total: number }> {
    const rows = this.filtered(filter).orderBy('id', 'desc').limit(page.limit);
    if (page.after !== undefined) rows.where('id', '<', page.after);
    return { records: (await rows).map(toRecord), total: await countRows(this.filtered(filter)) };
  }

  async listByMessageIds(tx: Tx, sessionId: string, messageIds: readonly string[]): Promise<StatusRecord[]> {
    const db = knexOf(tx);
    const query = db<StatusRow>('statuses').where({ session_id: sessionId }).select('*');
    return (await whereAnyOf(db, query, 'message_id', messageIds)).map(toRecord);
  }

  /** In the order in which they go out. */
  async listSeries(sessionId: string, seriesId: string): Promise<StatusRecord[]> {
    const rows = await this.database<StatusRow>('statuses')
      .where({ session_id: sessionId, series_id: seriesId })
      .orderBy('series_position');
    return rows.map(toRecord);
  }

  /** The newest first. */
  async listExperimentIds(sessionId: string, page: WantedPage<string>): Promise<{ ids: string[]; total: number }> {
    const ofAny = () => this.database('statuses').where({ session_id: sessionId }).whereNotNull('experiment_id');
    const query = ofAny().distinct('experiment_id').orderBy('experiment_id', 'desc').limit(page.limit);
    if (page.after !== undefined) query.where('experiment_id', '<', page.after);
    const ids = (await query.pluck('experiment_id')) as string[];
    const counted = (await ofAny().countDistinct({ total: 'experiment_id' }).first()) as { total?: number | string };
    return { ids, total: Number(counted.total ?? 0) };
  }

  /** The versions of these A/B tests. */
  async listExperiments(sessionId: string, experimentIds: readonly string[]): Promise<StatusRecord[]> {
    const query = this.database<StatusRow>('statuses').where({ session_id: sessionId }).whereNotNull('experiment_id');
    return (await whereAnyOf(this.database, query.select('*'), 'experiment_id', experimentIds)).map(toRecord);
  }

  async listByIds(tx: Tx, ids: readonly string[]): Promise<StatusRecord[]> {
    const db = knexOf(tx);
    return (await whereAnyOf(db, db<StatusRow>('statuses').select('*'), 'id', ids)).map(toRecord);
  }

  /**
   * The next status of a session to post: one whose attempt was cut short by the end of a process first, then the oldest in the
   * queue; nothing that is being taken back. Nobody else changes it before the transaction ends.
   */
  async nextToSend(tx: Tx, sessionId: string): Promise<StatusRecord | undefined> {
    const row = await knexOf(tx)<StatusRow>('statuses')
      .where({ session_id: sessionId })
      .whereIn('state', ['sending', 'queued'])
      .whereNull('delete_requested_at')
      .whereRaw(nothingBefore)
      .orderByRaw(`case state when 'sending' then 0 else 1 end, id`)
      .forUpdate()
      .first();
    return row && toRecord(row);
  }

  /** The next status of a session that has to be taken back; the oldest wish first. Nobody else changes it before the transaction ends. */
  async nextToTakeBack(tx: Tx, sessionId: string): Promise<StatusRecord | undefined> {
    const row = await knexOf(tx)<StatusRow>('statuses')
      .where({ session_id: sessionId })
      .whereNotNull('delete_requested_at')
      .orderBy(['delete_requested_at', 'id'])
      .forUpdate()
      .first();
    return row && toRecord(row);
  }

  /** Changes a status that is in one of the expected states, and as the guards say. Undefined, and nothing changed, when it is not. */
  async change(
    tx: Tx,
    id: string,
    expected: readonly StatusState[],
    change: StatusChange,
    { unstarted = false, startedAt, revoking, seen, state }: ChangeGuards = {},
  ): Promise<StatusRecord | undefined> {
    const query = knexOf(tx)<StatusRow>('statuses').where({ id }).whereIn('state', expected);
    if (unstarted) query.whereNull('started_at');
    if (startedAt !== undefined) query.where({ started_at: startedAt });
    if (revoking) {
      query.where({ delete_requested_at: revoking.deleteRequestedAt, revoke_attempts: revoking.revokeAttempts });
    }
    if (seen) query.where({ updated_at: seen.updatedAt });
    if (state) query.where({ state });
    const [row] = await query.update(changedColumns(change)).returning('*');
    return row && toRecord(row);
  }

  /** Adds to the counters of one status. */
  async addCounts(tx: Tx, id: string, gain: CountsGain): Promise<void> {
    await knexOf(tx)<StatusRow>('statuses')
      .where({ id })
      .update({
        delivered: knexOf(tx).raw('delivered + ?', [gain.delivered]),
        viewed: knexOf(tx).raw('viewed + ?', [gain.viewed]),
        reacted: knexOf(tx).raw('reacted + ?', [gain.reacted]),
        replied: knexOf(tx).raw('replied + ?', [gain.replied]),
      });
  }

  /** So many more people opened a link of it. The counts by now; undefined when it is gone. */
  async addClicked(tx: Tx, id: string, people: number): Promise<StatusCounts | undefined> {
    const db = knexOf(tx);
    const rows = db<StatusRow>('statuses').where({ id });
    const [row] = await rows.update({ clicked: db.raw('clicked + ?', [people]) }).returning('*');
    return row && toRecord(row).counts;
  }

  /** Counts the recipients of these statuses anew: some turned out to be one person. */
  async recount(tx: Tx, statusIds: readonly string[]): Promise<void> {
    const db = knexOf(tx);
    const counted = (condition: string, gone: string) =>
      db.raw(`(select count(*) from status_recipients r where r.status_id = statuses.id ${condition}) + ${gone}`);
    const recounted = db('statuses').update({
      targeted: counted('', 'gone_included + gone_left_out'),
      included: counted(`and r.outcome = 'included'`, 'gone_included'),
      left_out: counted(`and r.outcome not in ('included', 'pending')`, 'gone_left_out'),
    });
    await whereAnyOf(db, recounted.whereNull('people_forgotten_at'), 'id', statusIds);
  }

  /**
   * Recipients of these statuses are forgotten, one of each: who had it, or was left out, goes on to count, also when the recipients
   * are counted anew; to whom nothing was sent yet is none any more.
   */
  async addGone(
    tx: Tx,
    statusIds: { included: readonly string[]; leftOut: readonly string[]; pending: readonly string[] },
  ): Promise<void> {
    const db = knexOf(tx);
    const { included, leftOut, pending } = statusIds;
    await whereAnyOf(db, db('statuses').increment('gone_included', 1), 'id', included);
    await whereAnyOf(db, db('statuses').increment('gone_left_out', 1), 'id', leftOut);
    await whereAnyOf(db, db('statuses').decrement('targeted', 1), 'id', pending);
  }

  /** It is not kept any more who got and viewed it; `gone`: recipients who go on to count. `isAll`: nobody of them is left. */
  async forgetPeople(
    tx: Tx,
    id: string,
    { included, leftOut, isAll, at }: { included: number; leftOut: number; isAll: boolean; at: number },
  ): Promise<void> {
    const db = knexOf(tx);
    await db('statuses')
      .where({ id })
      .update({
        gone_included: db.raw('gone_included + ?', [included]),
        gone_left_out: db.raw('gone_left_out + ?', [leftOut]),
        people_forgotten_at: db.raw('coalesce(people_forgotten_at, ?)', [at]),
        ...(isAll && { has_people: 0 }),
      });
  }

  /** One more device could not open it. */
  async addRetry(tx: Tx, id: string): Promise<void> {
    await knexOf(tx)('statuses').where({ id }).increment('retries', 1);
  }

  /** It was taken back from so many more people. Undefined when it is gone. */
  async addTakenBack(tx: Tx, id: string, people: number): Promise<StatusRecord | undefined> {
    const db = knexOf(tx);
    const rows = db<StatusRow>('statuses').where({ id });
    const [row] = await rows.update({ taken_back: db.raw('taken_back + ?', [people]) }).returning('*');
    return row && toRecord(row);
  }

  /** Says of everything in the session's queue why it waits; null: it does not. False when that was known already. */
  async setWaiting(tx: Tx, sessionId: string, until: number | null, reason: WaitingReason | null): Promise<boolean> {
    const code = reason?.code ?? null;
    const changed = await knexOf(tx)<StatusRow>('statuses')
      .where({ session_id: sessionId })
      .whereIn('state', ['queued', 'sending'])
      .whereRaw(`(coalesce(waiting_code, '') <> ? or coalesce(waiting_until, 0) <> ?)`, [code ?? '', until ?? 0])
      .update({ waiting_until: until, waiting_code: code, waiting_message: reason?.message ?? null });
    return changed > 0;
  }

  /** How long the last posts took for each person; undefined when there were none. */
  async recentMsPerPerson(sessionId: string): Promise<number | undefined> {
    const rows = await this.database<StatusRow>('statuses')
      .where({ session_id: sessionId })
      .whereNotNull('sent_at')
      .whereNotNull('started_at')
      .where('included', '>', 0)
      .orderBy('started_at', 'desc')
      .limit(5)
      .select('started_at', 'sent_at', 'included');
    const people = rows.reduce((sum, row) => sum + row.included, 0);
    const ms = rows.reduce((sum, row) => sum + Math.max(0, (row.sent_at ?? 0) - (row.started_at ?? 0)), 0);
    return people === 0 ? undefined : ms / people;
  }

  /** Sessions with something in the queue or in work. */
  async sessionsWithWork(): Promise<string[]> {
    const statuses = () => this.database<StatusRow>('statuses');
    // Asked every second. For a UNION, a DISTINCT or IS NOT NULL, SQLite would read every status there is.
    const [inQueue, toTakeBack]: string[][] = await Promise.all([
      statuses().whereIn('state', ['queued', 'sending']).pluck('session_id'),
      statuses().where('delete_requested_at', '>', 0).pluck('session_id'),
    ]);
    return [...new Set([...(inQueue ?? []), ...(toTakeBack ?? [])])];
  }

  /** Which of these are still to be posted. */
  async listWaiting(ids: readonly string[]): Promise<Set<string>> {
    const query = this.database<StatusRow>('statuses')
      .whereIn('state', ['scheduled', 'queued', 'sending'])
      .select('id');
    const rows = await whereAnyOf(this.database, query, 'id', ids);
    return new Set(rows.map(({ id }) => id));
  }

  /** Marks as expired what WhatsApp shows no more; at most `limit` at a time. */
  async expire(tx: Tx, now: number, limit: number): Promise<StatusRecord[]> {
    const db = knexOf(tx);
    const due = db<StatusRow>('statuses')
      .where({ state: 'sent' })
      .where('expires_at', '<=', now)
      .select('id')
      .limit(limit);
    const rows = await db<StatusRow>('statuses')
      .whereIn('id', due)
      .where({ state: 'sent' })
      .update({ state: 'expired', updated_at: now, delete_requested_at: null })
      .returning('*');
    return rows.map(toRecord);
  }

  /**
   * Forgets posts of a session of which nothing ever left, but the last ones; returns which. At most `limit`, the oldest first. One
   * that keeps others of its series back stays.
   */
  async forgetUnsent(tx: Tx, sessionId: string, kept: UnsentKept, limit: number): Promise<string[]> {
    const db = knexOf(tx);
    const ranked = db<StatusRow>('statuses')
      .where({ session_id: sessionId })
      .whereRaw(neverLeft)
      .select('id', db.raw(`row_number() over ${latestFirst} as place`))
      .select(db.raw(`sum(targeted) over ${latestFirst} as people`))
      .as('ranked');
    const ids: string[] = await db
      .from(ranked)
      .where((beyond) => void beyond.where('place', '>', kept.posts).orWhere('people', '>', kept.recipients))
      .orderBy('place', 'desc')
      .limit(limit)
      .pluck('id');
    if (ids.length > 0) await db<StatusRow>('statuses').whereIn('id', ids).delete();
    return ids;
  }

  /**
   * Those of these that went out before a time, or were to, and that nothing is done with any more. Nobody else changes them before
   * the transaction ends.
   */
  async lockOver(tx: Tx, ids: readonly string[], before: number): Promise<string[]> {
    const db = knexOf(tx);
    const query = db<StatusRow>('statuses')
      .whereNotIn('state', ['scheduled', 'queued', 'sending'])
      .whereNull('delete_requested_at')
      .whereRaw('coalesce(sent_at, scheduled_at, created_at) < ?', [before]);
    return whereAnyOf(db, query, 'id', ids).orderBy('id').forUpdate().pluck('id');
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await knexOf(tx)<StatusRow>('statuses').where({ id }).delete();
  }

  private filtered(filter: StatusFilter): Knex.QueryBuilder<StatusRow, StatusRow[]> {
    const query = whereReached(this.database<StatusRow>('statuses'), filter).where((either) => {
      void either.where('created_at', '>=', filter.from).orWhere('scheduled_at', '>=', filter.from);
    });
    if (filter.state !== undefined) query.where('state', filter.state);
    if (filter.type !== undefined) query.where('type', filter.type);
    if (filter.to !== undefined) query.where('created_at', '<', filter.to);
    return query;
  }
}
