import type { Knex } from 'knex';
import type { Database } from '../db/database.js';
import { whereAnyOf } from '../db/dialect.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';

/** What is stored of a sign-in: never the token in the cookie. */
export interface SignInRecord {
  id: string;
  hash: string;
  /** The id of the principal who signed in. */
  owner: string;
  keyId: string | null;
  organizationId: string | null;
  /** Of a person who came with a login token: who it is, as JSON. */
  person: string | null;
  createdAt: Date;
  expiresAt: Date;
  /** How long it lasts without being used. */
  idleMs: number;
  idleUntil: Date;
}

interface SignInRow {
  id: string;
  hash: string;
  owner: string;
  key_id: string | null;
  organization_id: string | null;
  person: string | null;
  created_at: number;
  expires_at: number;
  idle_ms: number;
  idle_until: number;
}

/** More than one owner can have. */
const manyRows = 100_000;

/** The SQL of sign-ins. */
export class SignInsStore {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, record: SignInRecord): Promise<void> {
    await knexOf(tx)<SignInRow>('sign_ins').insert({
      id: record.id,
      hash: record.hash,
      owner: record.owner,
      key_id: record.keyId,
      organization_id: record.organizationId,
      person: record.person,
      created_at: record.createdAt.getTime(),
      expires_at: record.expiresAt.getTime(),
      idle_ms: record.idleMs,
      idle_until: record.idleUntil.getTime(),
    });
  }

  /** Those that have not ended, in no order. */
  async listByHashes(hashes: readonly string[], now: Date): Promise<SignInRecord[]> {
    const rows = await alive(this.database, now).whereIn('hash', [...hashes]);
    return rows.map(recordOf);
  }

  /** Those of `ids` that have not ended. */
  async listAliveIds(ids: readonly string[], now: Date): Promise<string[]> {
    return whereAnyOf(this.database, alive(this.database, now), 'id', ids).pluck('id');
  }

  async use(tx: Tx, id: string, idleUntil: Date): Promise<void> {
    await knexOf(tx)<SignInRow>('sign_ins').where({ id }).update({ idle_until: idleUntil.getTime() });
  }

  /** Ends those with these hashes; returns their ids. */
  deleteByHashes(tx: Tx, hashes: readonly string[]): Promise<string[]> {
    return deleteAll(tx, (rows) => rows.whereIn('hash', [...hashes]));
  }

  delete(tx: Tx, id: string): Promise<string[]> {
    return deleteAll(tx, (rows) => rows.where({ id }));
  }

  deleteOf(tx: Tx, owner: string): Promise<string[]> {
    return deleteAll(tx, (rows) => rows.where({ owner }));
  }

  /** Ends all of an owner but the newest `kept`; returns their ids. */
  deleteBeyond(tx: Tx, owner: string, kept: number): Promise<string[]> {
    return deleteAll(tx, (rows) =>
      rows
        .where({ owner })
        .orderBy([
          { column: 'created_at', order: 'desc' },
          { column: 'id', order: 'desc' },
        ])
        .limit(manyRows)
        .offset(kept),
    );
  }

  /** Forgets what has ended. */
  deleteEnded(now: Date): Promise<number> {
    return this.database<SignInRow>('sign_ins')
      .where('expires_at', '<=', now.getTime())
      .orWhere('idle_until', '<=', now.getTime())
      .delete();
  }
}

function alive(database: Database, now: Date) {
  return database<SignInRow>('sign_ins')
    .where('expires_at', '>', now.getTime())
    .where('idle_until', '>', now.getTime());
}

type Rows = Knex.QueryBuilder<SignInRow>;

async function deleteAll(tx: Tx, narrow: (rows: Rows) => Rows): Promise<string[]> {
  const db = knexOf(tx);
  const ids: string[] = await narrow(db<SignInRow>('sign_ins')).pluck('id');
  if (ids.length > 0) await db<SignInRow>('sign_ins').whereIn('id', ids).delete();
  return ids;
}

function recordOf(row: SignInRow): SignInRecord {
  return {
    id: row.id,
    hash: row.hash,
    owner: row.owner,
    keyId: row.key_id,
    organizationId: row.organization_id,
    person: row.person,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    idleMs: row.idle_ms,
    idleUntil: new Date(row.idle_until),
  };
}
