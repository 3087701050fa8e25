import type { BroadcastAccount } from '../contract/planning/broadcasts.js';
import type { SendStatusBody, StatusCounts, StatusState } from '../contract/statuses.js';
import type { Database } from '../db/database.js';
import { insertRows, whereAnyOf } from '../db/dialect.js';
import { countRows, whereReached } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { WantedPage } from '../lib/page.js';

/** What is posted on every account. */
export interface BroadcastPost {
  status: SendStatusBody;
  variables: Record<string, string> | undefined;
}

/** A broadcast as it is kept. Times are epoch milliseconds. */
export interface BroadcastRecord {
  id: string;
  organizationId: string;
  post: BroadcastPost;
  startsAt: number;
  staggerSeconds: number;
  canceledAt: number | null;
  createdBy: string;
  createdAt: number;
  accountCount: number;
}

interface BroadcastRow {
  id: string;
  organization_id: string;
  body: string;
  starts_at: number;
  stagger_seconds: number;
  canceled_at: number | null;
  created_by: string;
  created_at: number;
}

interface AccountRow {
  broadcast_id: string;
  session_id: string;
  position: number;
  state: BroadcastAccount['state'];
  status_id: string | null;
  error_code: string | null;
  error_message: string | null;
  tries: number;
  try_at: number;
}

type JoinedRow = AccountRow &
  StatusCounts & { status: StatusState | null; status_error: string | null; status_message: string | null };

export interface PendingAccount {
  broadcast: BroadcastRecord;
  sessionId: string;
  position: number;
  /** How often it was tried in vain. */
  tries: number;
}

interface PendingQuery {
  now: number;
  longestPauseMs: number;
  limit: number;
  after?: PendingAccount | undefined;
}

/** What became of one account. */
export interface AccountEnd {
  state: BroadcastAccount['state'];
  statusId?: string;
  error?: { code: string; message: string };
}

export class BroadcastsStore {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, record: BroadcastRecord, sessionIds: readonly string[]): Promise<void> {
    await knexOf(tx)<BroadcastRow>('broadcasts').insert({
      id: record.id,
      organization_id: record.organizationId,
      body: JSON.stringify(record.post),
      starts_at: record.startsAt,
      stagger_seconds: record.staggerSeconds,
      canceled_at: record.canceledAt,
      created_by: record.createdBy,
      created_at: record.createdAt,
    });
    await insertRows(knexOf(tx), {
      table: 'broadcast_accounts',
      columns: ['broadcast_id', 'session_id', 'position', 'state'],
      rows: sessionIds.map((sessionId, position) => ({
        broadcast_id: record.id,
        session_id: sessionId,
        position,
        state: 'pending',
      })),
    });
  }

  async find(id: string): Promise<BroadcastRecord | undefined> {
    const row = await this.database<BroadcastRow>('broadcasts').where({ id }).first();
    return row && { ...toRecord(row), accountCount: await this.countAccounts(id) };
  }

  /** Newest first. */
  async list(
    organizationId: string | null,
    page: WantedPage<string>,
  ): Promise<{ records: BroadcastRecord[]; total: number }> {
    const filtered = () => whereReached(this.database<BroadcastRow>('broadcasts'), { organizationId });
    const query = filtered().orderBy('id', 'desc').limit(page.limit);
    if (page.after !== undefined) void query.where('id', '<', page.after);
    const total = await countRows(filtered());
    const records: BroadcastRecord[] = [];
    for (const row of await query) records.push({ ...toRecord(row), accountCount: await this.countAccounts(row.id) });
    return { records, total };
  }

  /** Each account with the status that came of it, in order. */
  async listAccounts(id: string): Promise<BroadcastAccount[]> {
    const rows: JoinedRow[] = await this.database('broadcast_accounts as a')
      .leftJoin('statuses as s', 's.id', 'a.status_id')
      .where('a.broadcast_id', id)
      .orderBy('a.position')
      .select(
        ...['a.session_id', 'a.state', 'a.status_id', 'a.error_code', 'a.error_message', 's.state as status'],
        ...['s.error_code as status_error', 's.error_message as status_message'],
        ...['s.targeted', 's.included', 's.delivered', 's.viewed', 's.reacted', 's.replied', 's.clicked'],
      );
    return rows.map(accountOf);
  }

  /** Organizations with accounts for which no status was made yet. */
  async listOrganizationsWithPending(): Promise<string[]> {
    const rows: { organization_id: string }[] = await this.database('broadcast_accounts as a')
      .join('broadcasts as b', 'b.id', 'a.broadcast_id')
      .where('a.state', 'pending')
      .distinct('b.organization_id');
    return rows.map((row) => row.organization_id);
  }

  /**
   * Accounts of an organization for which no status was made yet and that may be tried now, the oldest first; those after
   * `after`. No pause is longer than `longestPauseMs`: one that is was made by a clock that was wrong.
   */
  async listPending(
    organizationId: string,
    { now, longestPauseMs, limit, after }: PendingQuery,
  ): Promise<PendingAccount[]> {
    const query = this.database('broadcast_accounts as a')
      .join('broadcasts as b', 'b.id', 'a.broadcast_id')
      .where({ 'a.state': 'pending', 'b.organization_id': organizationId })
      .where((may) => void may.where('a.try_at', '<=', now).orWhere('a.try_at', '>', now + longestPauseMs))
      .orderBy(['b.id', 'a.position'])
      .limit(limit);
    if (after) void query.whereRaw('(b.id, a.position) > (?, ?)', [after.broadcast.id, after.position]);
    const rows: (AccountRow & BroadcastRow)[] = await query.select('b.*', 'a.session_id', 'a.position', 'a.tries');
    return rows.map((row) => ({
      broadcast: { ...toRecord(row), accountCount: 0 },
      sessionId: row.session_id,
      position: row.position,
      tries: row.tries,
    }));
  }

  /** It came to nothing, for this reason, and is tried again then. */
  async postpone(
    tx: Tx,
    { broadcast, sessionId }: PendingAccount,
    { tries, tryAt, error }: { tries: number; tryAt: number; error: { code: string; message: string } },
  ): Promise<void> {
    await knexOf(tx)<AccountRow>('broadcast_accounts')
      .where({ broadcast_id: broadcast.id, session_id: sessionId, state: 'pending' })
      .update({ tries, try_at: tryAt, error_code: error.code, error_message: error.message });
  }

  /** What became of an account, if nobody said so yet; and whether no other one is pending after it. */
  async settle(
    tx: Tx,
    id: string,
    sessionId: string,
    end: AccountEnd,
  ): Promise<{ isSettled: boolean; isLast: boolean }> {
    const db = knexOf(tx);
    // One at a time: of two that are the last together, neither would see that it is.
    await db<BroadcastRow>('broadcasts').where({ id }).forUpdate().first('id');
    const changed = await db<AccountRow>('broadcast_accounts')
      .where({ broadcast_id: id, session_id: sessionId, state: 'pending' })
      .update({
        state: end.state,
        status_id: end.statusId ?? null,
        error_code: end.error?.code ?? null,
        error_message: end.error?.message ?? null,
      });
    const other = await db<AccountRow>('broadcast_accounts')
      .where({ broadcast_id: id, state: 'pending' })
      .first('state');
    return { isSettled: changed > 0, isLast: changed > 0 && other === undefined };
  }

  async cancel(tx: Tx, id: string, now: number): Promise<void> {
    await knexOf(tx)<BroadcastRow>('broadcasts').where({ id, canceled_at: null }).update({ canceled_at: now });
    await knexOf(tx)<AccountRow>('broadcast_accounts')
      .where({ broadcast_id: id, state: 'pending' })
      .update({ state: 'canceled' });
  }

  /** Forgets those of an organization that were canceled before any account had a post, but the last ones. At most `limit`. */
  async forgetCanceled(tx: Tx, organizationId: string, kept: number, limit: number): Promise<void> {
    const db = knexOf(tx);
    const ids: string[] = await db<BroadcastRow>('broadcasts as b')
      .where({ organization_id: organizationId })
      .whereNotNull('canceled_at')
      .whereNotExists(
        db('broadcast_accounts as a').whereRaw('a.broadcast_id = b.id').whereNotNull('a.status_id').select(db.raw('1')),
      )
      .orderBy('canceled_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .offset(kept)
      .pluck('id');
    if (ids.length > 0) await db<BroadcastRow>('broadcasts').whereIn('id', ids).delete();
  }

  /** Forgets at most so many that began before a time, of which nothing is to come and no post is left. How many there were. */
  async deleteBefore(tx: Tx, before: number, atMost: number): Promise<number> {
    const db = knexOf(tx);
    const needed = db('broadcast_accounts as a')
      .leftJoin('statuses as s', 's.id', 'a.status_id')
      .whereRaw('a.broadcast_id = b.id')
      .where((either) => void either.where('a.state', 'pending').orWhereNotNull('s.id'))
      .select(db.raw('1'));
    const query = db('broadcasts as b').where('b.starts_at', '<', before).whereNotExists(needed).limit(atMost);
    const ids = (await query.pluck('b.id')) as string[];
    await whereAnyOf(db, db<BroadcastRow>('broadcasts').delete(), 'id', ids);
    return ids.length;
  }

  private countAccounts(id: string): Promise<number> {
    return countRows(this.database<AccountRow>('broadcast_accounts').where({ broadcast_id: id }));
  }
}

function toRecord(row: BroadcastRow): Omit<BroadcastRecord, 'accountCount'> {
  return {
    id: row.id,
    organizationId: row.organization_id,
    post: JSON.parse(row.body) as BroadcastPost,
    startsAt: row.starts_at,
    staggerSeconds: row.stagger_seconds,
    canceledAt: row.canceled_at,
    createdBy: row.created_by,
    createdAt: row.created_at,
  };
}

function accountOf(row: JoinedRow): BroadcastAccount {
  const code = row.error_code ?? row.status_error;
  const { targeted, included, delivered, viewed, reacted, replied, clicked } = row;
  return {
    sessionId: row.session_id,
    state: row.state,
    statusId: row.status_id,
    status: row.status,
    counts: row.status === null ? null : { targeted, included, delivered, viewed, reacted, replied, clicked },
    error: code === null ? null : { code, message: row.error_message ?? row.status_message ?? code },
  };
}
