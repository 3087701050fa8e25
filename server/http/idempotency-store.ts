import type { Database } from '../db/database.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { OwnerProcess } from '../lib/owner-process.js';

/** Who answers a first request. */
type Holder = Omit<OwnerProcess, 'node'>;

/** A first use of a key. `response` is null while its request still runs. */
export interface KeptAnswer {
  bodyHash: string;
  response: string | null;
  createdAt: Date;
  holder: Holder | null;
}

interface KeyRow {
  scope: string;
  key: string;
  body_hash: string;
  response_body: string | null;
  created_at: number;
  holder: string | null;
  machine: string | null;
  pid: number | null;
  organization_id: string | null;
}

/** Which key it is, and since when. */
export interface Claim {
  scope: string;
  key: string;
  at: Date;
}

/** Whose it is. */
export interface NewClaim extends Claim {
  organizationId: string;
  bodyHash: string;
  holder: Holder;
}

/** The table behind `Idempotency-Key`. */
export class IdempotencyStore {
  constructor(private readonly database: Database) {}

  /** Takes the key for `holder`, unless it is taken: then what is kept under it. */
  async claim(tx: Tx, { scope, key, at, organizationId, bodyHash, holder }: NewClaim): Promise<KeptAnswer | undefined> {
    const { id, machine, pid } = holder;
    const claimed = { scope, key, created_at: at.getTime(), holder: id, machine, pid, organization_id: organizationId };
    const inserted = await this.table(tx)
      .insert({ ...claimed, body_hash: bodyHash, response_body: null })
      .onConflict(['scope', 'key'])
      .ignore()
      .returning('key');
    return inserted.length > 0 ? undefined : this.find({ scope, key }, tx);
  }

  async find(
    { scope, key }: Pick<Claim, 'scope' | 'key'>,
    source: Tx | Database = this.database,
  ): Promise<KeptAnswer | undefined> {
    const row = await this.table(source).where({ scope, key }).first();
    return row && keptOf(row);
  }

  /** False when the key is not this request's any more: it ran so long that another one took it over. */
  async keep(claim: Claim, response: string, source: Tx | Database = this.database): Promise<boolean> {
    const { scope, key, at } = claim;
    const of = { scope, key, created_at: at.getTime() };
    return (await this.table(source).where(of).update({ response_body: response })) > 0;
  }

  /** Nothing happens when it is somebody else's by now. */
  async release({ scope, key, at }: Claim): Promise<void> {
    await this.table().where({ scope, key, created_at: at.getTime() }).delete();
  }

  /** Of an organization, in the order of scope and key, from after this one. */
  async page(organizationId: string, after: Pick<Claim, 'scope' | 'key'> | undefined, limit: number) {
    const query = this.table().where({ organization_id: organizationId }).whereNotNull('response_body');
    if (after) void query.whereRaw('(scope, key) > (?, ?)', [after.scope, after.key]);
    return query.orderBy(['scope', 'key']).limit(limit).select('scope', 'key', 'response_body', 'created_at');
  }

  /** At most so many. How many there were. */
  async deleteBefore(before: number, atMost: number): Promise<number> {
    const old = this.table().where('created_at', '<', before).limit(atMost).select(['scope', 'key']);
    return this.table().whereIn(['scope', 'key'], old).delete();
  }

  private table(source: Tx | Database = this.database) {
    return knexOf(source)<KeyRow>('idempotency_keys');
  }
}

function keptOf({ body_hash, response_body, created_at, holder, machine, pid }: KeyRow): KeptAnswer {
  const isKnown = holder !== null && machine !== null && pid !== null;
  return {
    bodyHash: body_hash,
    response: response_body,
    createdAt: new Date(created_at),
    holder: isKnown ? { id: holder, machine, pid } : null,
  };
}
