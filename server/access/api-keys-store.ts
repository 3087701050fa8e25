import type { Database } from '../db/database.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { ApiKey, ApiKeyKind } from './api-key.js';
import { capabilities } from './principal.js';

interface ApiKeyRow {
  id: string;
  organization_id: string;
  session_id: string | null;
  kind: ApiKeyKind;
  name: string;
  hash: string;
  prefix: string;
  capabilities: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
}

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
      created_at: key.createdAt.getTime(),
      expires_at: key.expiresAt?.getTime() ?? null,
      revoked_at: key.revokedAt?.getTime() ?? null,
      last_used_at: key.lastUsedAt?.getTime() ?? null,
    });
  }

  async findByHash(hash: string): Promise<ApiKey | undefined> {
    const row = await this.database<ApiKeyRow>('api_keys').where({ hash }).first();
    return row && keyOf(row);
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
    createdAt: new Date(row.created_at),
    expiresAt: dateOf(row.expires_at),
    revokedAt: dateOf(row.revoked_at),
    lastUsedAt: dateOf(row.last_used_at),
  };
}

function dateOf(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}
