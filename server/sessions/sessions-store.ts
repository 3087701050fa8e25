import type { PostingPause } from '../contract/pace.js';
import type { AuthMethod, SessionError, SessionState } from '../contract/sessions.js';
import type { Database } from '../db/database.js';
import { isUniqueViolation, whereAnyOf } from '../db/dialect.js';
import { countRows, type Reach, whereReached } from '../db/lists.js';
import { type Tx, knexOf } from '../db/unit-of-work.js';
import type { PlaceInTime } from '../lib/cursors.js';
import type { WantedPage } from '../lib/page.js';
import { type CountedSession, noSession, type SessionRecord, type SessionWebhook } from './session.js';

interface SessionRow {
  session_id: string;
  organization_id: string;
  name: string;
  auth_method: string;
  phone_number: string | null;
  state: string;
  desired_state: string;
  push_name: string | null;
  jid: string | null;
  lid: string | null;
  device_id: number | null;
  platform: string | null;
  metadata: string;
  webhook: string | null;
  auto_read: number;
  presence_typing: number;
  rate_per_min: number | null;
  rate_per_hour: number | null;
  posting_pause: string | null;
  last_error: string | null;
  next_retry_at: number | null;
  created_by: string;
  created_at: number;
  updated_at: number;
  last_connected_at: number | null;
  last_activity_at: number | null;
  node: string | null;
}

const idsAtOnce = 500;

/** The SQL of sessions. */
export class SessionsStore {
  constructor(private readonly db: Database) {}

  /** False, and nothing changed, when the id is taken. */
  async insert(tx: Tx, record: SessionRecord): Promise<boolean> {
    try {
      const rows = await knexOf(tx)('sessions')
        .insert(toRow(record))
        .onConflict('session_id')
        .ignore()
        .returning('session_id');
      return rows.length > 0;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  async find(sessionId: string, source: Tx | Database = this.db): Promise<SessionRecord | undefined> {
    const row = await knexOf(source)<SessionRow>('sessions').where({ session_id: sessionId }).first();
    return row && toRecord(row);
  }

  /** Throws `not_found`. */
  async get(sessionId: string): Promise<SessionRecord> {
    const record = await this.find(sessionId);
    if (record === undefined) throw noSession(sessionId);
    return record;
  }

  async findCounted(sessionId: string): Promise<CountedSession | undefined> {
    const [found] = await this.counted({ organizationId: null, sessionId });
    return found;
  }

  /** Oldest first; `after` is the session that ended the page before. */
  async list(filter: Reach, page: WantedPage<PlaceInTime>): Promise<{ sessions: CountedSession[]; total: number }> {
    const total = await countRows(this.filtered(filter));
    return { sessions: await this.counted(filter, page), total };
  }

  /** Those that are not connected first. */
  async listForHealth(filter: Reach, limit: number): Promise<SessionRecord[]> {
    const rows: SessionRow[] = await this.filtered(filter)
      .orderByRaw(`case when state = 'connected' then 1 else 0 end, created_at, session_id`)
      .limit(limit);
    return rows.map(toRecord);
  }

  async listStarted(): Promise<SessionRecord[]> {
    const rows = await this.db<SessionRow>('sessions').where({ desired_state: 'started' }).orderBy('created_at');
    return rows.map(toRecord);
  }

  /** For sessions whose last process ended: whatever it had them in is over. */
  async markState(tx: Tx, sessionIds: readonly string[], state: SessionRecord['state']): Promise<void> {
    for (let from = 0; from < sessionIds.length; from += idsAtOnce) {
      const ids = sessionIds.slice(from, from + idsAtOnce);
      await knexOf(tx)('sessions').whereIn('session_id', ids).update({ state });
    }
  }

  /** For sessions that their process gives back. */
  async clearNode(source: Tx | Database, sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    const db = knexOf(source);
    await whereAnyOf(db, db('sessions'), 'session_id', sessionIds).update({ node: null });
  }

  /** Undefined when the session is gone. */
  async update(tx: Tx, sessionId: string, changes: Partial<SessionRecord>): Promise<SessionRecord | undefined> {
    const [row] = await knexOf(tx)<SessionRow>('sessions')
      .where({ session_id: sessionId })
      .update(toRow(changes))
      .returning('*');
    return row && toRecord(row);
  }

  /** False when there was none. Everything that belongs to the session goes with it. */
  async delete(tx: Tx, sessionId: string): Promise<boolean> {
    return (await knexOf(tx)('sessions').where({ session_id: sessionId }).delete()) > 0;
  }

  private filtered(reach: Reach) {
    return whereReached(this.db<SessionRow>('sessions'), reach);
  }

  private async counted(filter: Reach, page?: WantedPage<PlaceInTime>): Promise<CountedSession[]> {
    const query = this.filtered(filter).select<(SessionRow & { status_count: number | string })[]>(
      this.db.raw(
        'sessions.*, (select count(*) from statuses where statuses.session_id = sessions.session_id) as status_count',
      ),
    );
    query.orderBy(['created_at', 'session_id']);
    if (page) query.limit(page.limit);
    if (page?.after) {
      query.whereRaw('(created_at, session_id) > (?, ?)', [page.after.at, page.after.id]);
    }
    return (await query).map((row) => ({
      record: toRecord(row),
      statusCount: Number(row.status_count),
      postingPause: row.posting_pause === null ? null : (JSON.parse(row.posting_pause) as PostingPause),
    }));
  }
}

function toRecord(row: SessionRow): SessionRecord {
  return {
    sessionId: row.session_id,
    organizationId: row.organization_id,
    name: row.name,
    authMethod: row.auth_method as AuthMethod,
    phoneNumber: row.phone_number,
    state: row.state as SessionState,
    desiredState: row.desired_state === 'started' ? 'started' : 'stopped',
    pushName: row.push_name,
    jid: row.jid,
    lid: row.lid,
    deviceId: row.device_id,
    platform: row.platform,
    metadata: JSON.parse(row.metadata) as Record<string, unknown>,
    webhook: row.webhook === null ? null : (JSON.parse(row.webhook) as SessionWebhook),
    autoRead: row.auto_read === 1,
    presenceTyping: row.presence_typing === 1,
    ratePerMin: row.rate_per_min,
    ratePerHour: row.rate_per_hour,
    lastError: row.last_error === null ? null : (JSON.parse(row.last_error) as SessionError),
    nextRetryAt: toDate(row.next_retry_at),
    createdBy: row.created_by,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    lastConnectedAt: toDate(row.last_connected_at),
    lastActivityAt: toDate(row.last_activity_at),
    node: row.node,
  };
}

/** Only the columns whose value is given. */
function toRow(record: Partial<SessionRecord>): Partial<SessionRow> {
  const row: { [K in Exclude<keyof SessionRow, 'posting_pause'>]: SessionRow[K] | undefined } = {
    session_id: record.sessionId,
    organization_id: record.organizationId,
    name: record.name,
    auth_method: record.authMethod,
    phone_number: record.phoneNumber,
    state: record.state,
    desired_state: record.desiredState,
    push_name: record.pushName,
    jid: record.jid,
    lid: record.lid,
    device_id: record.deviceId,
    platform: record.platform,
    metadata: record.metadata && JSON.stringify(record.metadata),
    webhook: record.webhook && JSON.stringify(record.webhook),
    auto_read: flagOf(record.autoRead),
    presence_typing: flagOf(record.presenceTyping),
    rate_per_min: record.ratePerMin,
    rate_per_hour: record.ratePerHour,
    last_error: record.lastError && JSON.stringify(record.lastError),
    next_retry_at: record.nextRetryAt && record.nextRetryAt.getTime(),
    created_by: record.createdBy,
    created_at: record.createdAt?.getTime(),
    updated_at: record.updatedAt?.getTime(),
    last_connected_at: record.lastConnectedAt && record.lastConnectedAt.getTime(),
    last_activity_at: record.lastActivityAt && record.lastActivityAt.getTime(),
    node: record.node,
  };
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}

function flagOf(flag: boolean | undefined): number | undefined {
  return flag === undefined ? undefined : Number(flag);
}

function toDate(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}
