import { capabilities, type ApiKeyKind, type ApiKeyState } from '../contract/access.js';
import type { Database } from '../db/database.js';
import { whereAnyOf } from '../db/dialect.js';
import { countRows } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { PlaceInTime } from '../lib/cursors.js';
import type { WantedPage } from '../lib/page.js';
import type { ApiKey } from './api-key.js';

interface ApiKeyRow {
  id: string;
  organization_id: string;
  session_id: string | null;
  kind: ApiKeyKind;
  name: string;
  hash: string;
  prefix: string;
  capabilities: string;
  rate_limit_max: number | null;
  created_by: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
}

/** Which keys a list is of; what is undefined or null does not narrow it. */
export interface KeyFilter {
  organizationId?: string | null | undefined;
  sessionId?: string | null | undefined;
  kind?: ApiKeyKind | undefined;
  state?: ApiKeyState | undefined;
}

/** How many one statement may forget. */
const atATime = 1_000;

export class ApiKeysStore {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, key: ApiKey): Promise<void> {
    await knexOf(tx)<ApiKeyRow>('api_keys').insert({
      id: key.id,
      organization_id: key.organizationId,
      session_id: key.sessionId,
      kind: key.kind,
      name: key.name,
      hash: key.hash,
      prefix: key.prefix,
      capabilities: key.capabilities.join(','),
      rate_limit_max: key.rateLimitMax,
      created_by: key.createdBy,
      created_at: key.createdAt.getTime(),
      expires_at: key.expiresAt?.getTime() ?? null,
      revoked_at: key.revokedAt?.getTime() ?? null,
      last_used_at: key.lastUsedAt?.getTime() ?? null,
    });
  }

  async find(id: string, source: Tx | Database = this.database): Promise<ApiKey | undefined> {
    const row = await knexOf(source)<ApiKeyRow>('api_keys').where({ id }).first();
    return row && keyOf(row);
  }

  async findByHash(hash: string): Promise<ApiKey | undefined> {
    const row = await this.database<ApiKeyRow>('api_keys').where({ hash }).first();
    return row && keyOf(row);
  }

  /** Newest first; `after` is the key that ended the page before. */
  async list(filter: KeyFilter, page: WantedPage<PlaceInTime>, now: Date): Promise<{ keys: ApiKey[]; total: number }> {
    const total = await this.count(filter, now);
    const query = filtered(this.database, filter, now).orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ]);
    if (page.after) query.whereRaw('(created_at, id) < (?, ?)', [page.after.at, page.after.id]);
    return { keys: (await query.limit(page.limit)).map(keyOf), total };
  }

  count(filter: KeyFilter, now: Date, source: Tx | Database = this.database): Promise<number> {
    return countRows(filtered(source, filter, now));
  }

  async update(
    tx: Tx,
    id: string,
    changes: Partial<Pick<ApiKey, 'name' | 'expiresAt' | 'rateLimitMax'>>,
  ): Promise<void> {
    const row: Partial<ApiKeyRow> = {
      ...(changes.name !== undefined && { name: changes.name }),
      ...(changes.expiresAt !== undefined && { expires_at: changes.expiresAt?.getTime() ?? null }),
      ...(changes.rateLimitMax !== undefined && { rate_limit_max: changes.rateLimitMax }),
    };
    if (Object.keys(row).length > 0) await knexOf(tx)<ApiKeyRow>('api_keys').where({ id }).update(row);
  }

  /** The first time stays when it was revoked before. */
  async revoke(tx: Tx, id: string, at: Date): Promise<void> {
    await knexOf(tx)<ApiKeyRow>('api_keys').where({ id }).whereNull('revoked_at').update({ revoked_at: at.getTime() });
  }

  /** A later time that is stored already stays. */
  async recordUse(tx: Tx, keyId: string, at: Date): Promise<void> {
    await knexOf(tx)<ApiKeyRow>('api_keys')
      .where({ id: keyId })
      .where((query) => {
        void query.whereNull('last_used_at').orWhere('last_used_at', '<', at.getTime());
      })
      .update({ last_used_at: at.getTime() });
  }

  /** Those of `ids` that open something now. */
  async listActiveIds(ids: readonly string[], now: Date): Promise<string[]> {
    const query = filtered(this.database, { state: 'active' }, now);
    return whereAnyOf(this.database, query, 'id', ids).pluck('id');
  }

  /** Those with a limit of their own that were not revoked. */
  async listWithRateLimit(): Promise<ApiKey[]> {
    const rows = await this.database<ApiKeyRow>('api_keys').whereNotNull('rate_limit_max').whereNull('revoked_at');
    return rows.map(keyOf);
  }

  async deleteOfOrganization(tx: Tx, organizationId: string): Promise<void> {
    await knexOf(tx)<ApiKeyRow>('api_keys').where({ organization_id: organizationId }).delete();
  }

  /** Forgets those of an organization that ended, but the latest `kept`. */
  async deleteEndedBeyond(tx: Tx, organizationId: string, kept: number, now: Date): Promise<void> {
    const db = knexOf(tx);
    const ids: string[] = await db<ApiKeyRow>('api_keys')
      .where({ organization_id: organizationId })
      .where((ended) => {
        void ended.whereNotNull('revoked_at').orWhere('expires_at', '<=', now.getTime());
      })
      .orderByRaw('coalesce(revoked_at, expires_at) desc, id desc')
      .limit(atATime)
      .offset(kept)
      .pluck('id');
    if (ids.length > 0) await db<ApiKeyRow>('api_keys').whereIn('id', ids).delete();
  }

  /** Forgets keys that were revoked, or had expired, before this time. How many there were. */
  deleteEndedBefore(before: Date): Promise<number> {
    return this.database<ApiKeyRow>('api_keys')
      .where('revoked_at', '<', before.getTime())
      .orWhere('expires_at', '<', before.getTime())
      .delete();
  }
}

function filtered(source: Tx | Database, filter: KeyFilter, now: Date) {
  const query = knexOf(source)<ApiKeyRow>('api_keys');
  if (filter.organizationId) query.where({ organization_id: filter.organizationId });
  if (filter.sessionId) query.where({ session_id: filter.sessionId });
  if (filter.kind) query.where({ kind: filter.kind });
  if (filter.state === 'revoked') query.whereNotNull('revoked_at');
  else if (filter.state) query.whereNull('revoked_at');
  if (filter.state === 'expired') query.where('expires_at', '<=', now.getTime());
  if (filter.state === 'active') {
    query.where((active) => {
      void active.whereNull('expires_at').orWhere('expires_at', '>', now.getTime());
    });
  }
  return query;
}

function keyOf(row: ApiKeyRow): ApiKey {
  const words = row.capabilities.split(',');
  return {
    id: row.id,
    organizationId: row.organization_id,
    sessionId: row.session_id,
    kind: row.kind,
    name: row.name,
    hash: row.hash,
    prefix: row.prefix,
    capabilities: capabilities.filter((capability) => words.includes(capability)),
    rateLimitMax: row.rate_limit_max,
    createdBy: row.created_by,
    createdAt: new Date(row.created_at),
    expiresAt: dateOf(row.expires_at),
    revokedAt: dateOf(row.revoked_at),
    lastUsedAt: dateOf(row.last_used_at),
  };
}

function dateOf(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}
