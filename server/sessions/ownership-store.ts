import type { Knex } from 'knex';
import type { Database } from '../db/database.js';
import { nowMs, rowsOf, whereAnyOf } from '../db/dialect.js';
import { type Tx, knexOf } from '../db/unit-of-work.js';
import type { OwnerProcess } from '../lib/owner-process.js';
import { SessionsStore } from './sessions-store.js';

/** A right to a session. The token grows with every claim, whoever makes it. */
export interface Lease {
  sessionId: string;
  token: number;
}

interface LeaseRow {
  session_id: string;
  holder: string | null;
  node: string | null;
  machine: string | null;
  pid: number | null;
  token: number;
  expires_at: number;
}

/** The SQL of leases. All times are the database's own, so that the clocks of several machines do not matter. */
export class OwnershipStore {
  private readonly sessions: SessionsStore;

  constructor(private readonly db: Database) {
    this.sessions = new SessionsStore(db);
  }

  /** Takes one session that nobody holds, or that `me` holds already. Undefined when somebody else does. */
  async claimOne(
    source: Tx | undefined,
    me: OwnerProcess,
    leaseMs: number,
    sessionId: string,
  ): Promise<Lease | undefined> {
    const which = { sql: `s.session_id = ?`, value: sessionId };
    const [lease] = await this.claim(knexOf(source ?? this.db), me, leaseMs, which);
    return lease;
  }

  /** Takes every session that should run and that nobody holds. */
  claimStarted(me: OwnerProcess, leaseMs: number): Promise<Lease[]> {
    const unheld = `(l.session_id is null or ${isOver(this.db, 'l', leaseMs)})`;
    return this.claim(this.db, me, leaseMs, { sql: `s.desired_state = ? and ${unheld}`, value: 'started' });
  }

  /** Whether {@link claimStarted} may find something. Reads only. */
  async hasFreeStarted(leaseMs: number): Promise<boolean> {
    const row: unknown = await this.db('sessions as s')
      .leftJoin('session_leases as l', 'l.session_id', 's.session_id')
      .where('s.desired_state', 'started')
      .whereRaw(`(l.session_id is null or ${isOver(this.db, 'l', leaseMs)})`)
      .first('s.session_id');
    return row !== undefined;
  }

  /** Prolongs these leases, and answers which of them `holder` still has. */
  async renew(holder: string, leaseMs: number, sessionIds: readonly string[]): Promise<string[]> {
    const held = whereAnyOf(this.db, this.db<LeaseRow>('session_leases').where({ holder }), 'session_id', sessionIds);
    const expires_at = this.db.raw<number>(`${nowMs(this.db)} + ?`, [leaseMs]);
    const rows: { session_id: string }[] = await held.update({ expires_at }).returning('session_id');
    return rows.map((row) => row.session_id);
  }

  /** Gives sessions back. Their tokens stay, and nobody is named as running them. */
  async release(holder: string, sessionIds: readonly string[]): Promise<void> {
    await this.db.transaction(async (trx) => {
      const held = whereAnyOf(trx, trx<LeaseRow>('session_leases').where({ holder }), 'session_id', sessionIds);
      const rows: { session_id: string }[] = await held.update(nobody).returning('session_id');
      const ids = rows.map((row) => row.session_id);
      await this.sessions.clearNode(trx, ids);
    });
  }

  /** Gives a session back that nobody wants to run, or that is gone; otherwise it stays as it is. */
  async releaseResting(holder: string, sessionId: string): Promise<'given back' | 'kept' | 'elsewhere'> {
    const shouldRun = this.db('sessions').where({ session_id: sessionId, desired_state: 'started' }).select(1);
    const released = await this.db<LeaseRow>('session_leases')
      .where({ session_id: sessionId, holder })
      .whereNotExists(shouldRun)
      .update(nobody);
    if (released > 0) return 'given back';
    const lease = await this.db<LeaseRow>('session_leases').where({ session_id: sessionId }).first('holder');
    if (lease === undefined) return 'given back';
    return lease.holder === holder ? 'kept' : 'elsewhere';
  }

  /** Who holds the session now; undefined when nobody does. */
  async findHolder(sessionId: string, leaseMs: number): Promise<{ id: string; node: string } | undefined> {
    const row = await this.db<LeaseRow>('session_leases')
      .where({ session_id: sessionId })
      .whereNotNull('holder')
      .whereRaw(`not ${isOver(this.db, 'session_leases', leaseMs)}`)
      .first('holder', 'node');
    return row && { id: row.holder ?? '', node: row.node ?? '' };
  }

  /** Whether the lease is still this one. Nobody can take it over before the transaction ends. */
  async isHeld(source: Tx | Database, { sessionId, token }: Lease, holder: string): Promise<boolean> {
    const row = await knexOf(source)<LeaseRow>('session_leases')
      .where({ session_id: sessionId, holder, token })
      .forShare()
      .first('session_id');
    return row !== undefined;
  }

  /** The other processes of this machine that hold something. */
  async listNeighbours(me: OwnerProcess): Promise<Omit<OwnerProcess, 'node'>[]> {
    const rows = await this.db<LeaseRow>('session_leases')
      .where({ machine: me.machine })
      .whereNot({ holder: me.id })
      .whereRaw(`expires_at > ${nowMs(this.db)}`)
      .distinct('holder', 'machine', 'pid');
    return rows.map(({ holder, machine, pid }) => ({ id: holder ?? '', machine: machine ?? '', pid: pid ?? 0 }));
  }

  /** Ends every lease of a process that is gone. */
  async endLeasesOf(holder: string): Promise<void> {
    await this.db<LeaseRow>('session_leases').where({ holder }).update({ expires_at: 0 });
  }

  private async claim(
    db: Knex,
    me: OwnerProcess,
    leaseMs: number,
    which: { sql: string; value: string },
  ): Promise<Lease[]> {
    const now = nowMs(db);
    const answer: unknown = await db.raw(
      `insert into session_leases (session_id, organization_id, holder, node, machine, pid, token, expires_at)
       select s.session_id, s.organization_id, cast(? as text), cast(? as text), cast(? as text), cast(? as integer), 1,
         ${now} + cast(? as integer)
       from sessions s left join session_leases l on l.session_id = s.session_id
       where ${which.sql}
       on conflict (session_id) do update set holder = excluded.holder, node = excluded.node,
         machine = excluded.machine, pid = excluded.pid, token = session_leases.token + 1,
         expires_at = excluded.expires_at
       where ${isOver(db, 'session_leases', leaseMs)} or session_leases.holder = excluded.holder
       returning session_id, token`,
      [me.id, me.node, me.machine, me.pid, leaseMs, which.value],
    );
    return rowsOf<{ session_id: string; token: number }>(answer).map(({ session_id, token }) => ({
      sessionId: session_id,
      token,
    }));
  }
}

/**
 * A lease that lasts for much longer than any is given for was made while the clock was wrong; who lives renews it long before
 * that counts.
 */
function isOver(db: Knex, table: string, leaseMs: number): string {
  const now = nowMs(db);
  return `(${table}.expires_at <= ${now} or ${table}.expires_at > ${now} + ${String(2 * leaseMs)})`;
}

const nobody = { holder: null, node: null, machine: null, pid: null, expires_at: 0 };
