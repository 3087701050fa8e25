import type { Database } from '../db/database.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';

/** A first use of a key. `response` is null while its request still runs. */
export interface KeptAnswer {
  bodyHash: string;
  response: string | null;
  createdAt: Date;
}

interface KeyRow {
  scope: string;
  key: string;
  body_hash: string;
  response_body: string | null;
  created_at: number;
}

/** Whose key it is, and since when. */
export interface Claim {
  scope: string;
  key: string;
  at: Date;
}

/** The table behind `Idempotency-Key`. */
export class IdempotencyStore {
  constructor(private readonly database: Database) {}

  /** Takes the key, unless it is taken: then what is kept under it. */
  async claim(scope: string, key: string, bodyHash: string, at: Date): Promise<KeptAnswer | undefined> {
    const inserted = await this.table()
      .insert({ scope, key, body_hash: bodyHash, response_body: null, created_at: at.getTime() })
      .onConflict(['scope', 'key'])
      .ignore()
      .returning('key');
    if (inserted.length > 0) return undefined;
    const row = await this.table().where({ scope, key }).first();
    return row && { bodyHash: row.body_hash, response: row.response_body, createdAt: new Date(row.created_at) };
  }

  /** False when the key is not this request's any more: it ran so long that another one took it over. */
  async keep(claim: Claim, response: string, source: Tx | Database = this.database): Promise<boolean> {
    const { scope, key, at } = claim;
    const of = { scope, key, created_at: at.getTime() };
    return (await knexOf(source)<KeyRow>('idempotency_keys').where(of).update({ response_body: response })) > 0;
  }

  /** Nothing happens when it is somebody else's by now. */
  async release({ scope, key, at }: Claim): Promise<void> {
    await this.table().where({ scope, key, created_at: at.getTime() }).delete();
  }

  async deleteBefore(before: Date): Promise<void> {
    await this.table().where('created_at', '<', before.getTime()).delete();
  }

  private table() {
    return this.database<KeyRow>('idempotency_keys');
  }
}
