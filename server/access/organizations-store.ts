import type { Database } from '../db/database.js';
import { isForeignKeyViolation } from '../db/dialect.js';
import { countRows } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { PlaceInTime } from '../lib/cursors.js';
import type { WantedPage } from '../lib/page.js';

export interface OrganizationRecord {
  id: string;
  name: string;
  createdAt: Date;
}

export interface CountedOrganization {
  record: OrganizationRecord;
  sessionCount: number;
  keyCount: number;
}

interface OrganizationRow {
  id: string;
  name: string;
  created_at: number;
}
type CountedRow = OrganizationRow & { session_count: number | string; key_count: number | string };

const columns = `organizations.*,
  (select count(*) from sessions where sessions.organization_id = organizations.id) as session_count,
  (select count(*) from api_keys where api_keys.organization_id = organizations.id and revoked_at is null) as key_count`;

/** The SQL of organizations. */
export class OrganizationsStore {
  constructor(private readonly database: Database) {}

  /** False, and nothing changed, when the id is taken. */
  async insert(tx: Tx, { id, name, createdAt }: OrganizationRecord): Promise<boolean> {
    const rows = await knexOf(tx)('organizations')
      .insert({ id, name, created_at: createdAt.getTime() })
      .onConflict('id')
      .ignore()
      .returning('id');
    return rows.length > 0;
  }

  async exists(id: string, source: Tx | Database = this.database): Promise<boolean> {
    return (await knexOf(source)<OrganizationRow>('organizations').where({ id }).first('id')) !== undefined;
  }

  async find(id: string, source: Tx | Database = this.database): Promise<CountedOrganization | undefined> {
    const db = knexOf(source);
    const row = await db('organizations').select<CountedRow[]>(db.raw(columns)).where({ id }).first();
    return row && countedOf(row);
  }

  /** Oldest first; `after` is the organization that ended the page before. */
  async list(page: WantedPage<PlaceInTime>): Promise<{ organizations: CountedOrganization[]; total: number }> {
    const query = this.database('organizations')
      .select<CountedRow[]>(this.database.raw(columns))
      .orderBy(['created_at', 'id'])
      .limit(page.limit);
    if (page.after) query.whereRaw('(created_at, id) > (?, ?)', [page.after.at, page.after.id]);
    return { organizations: (await query).map(countedOf), total: await this.count() };
  }

  count(source: Tx | Database = this.database): Promise<number> {
    return countRows(knexOf(source)('organizations'));
  }

  async rename(tx: Tx, id: string, name: string): Promise<void> {
    await knexOf(tx)('organizations').where({ id }).update({ name });
  }

  /** False when something still belongs to it; the transaction is of no more use then. */
  async delete(tx: Tx, id: string): Promise<boolean> {
    try {
      await knexOf(tx)('organizations').where({ id }).delete();
      return true;
    } catch (error) {
      if (isForeignKeyViolation(error)) return false;
      throw error;
    }
  }
}

function countedOf(row: CountedRow): CountedOrganization {
  return {
    record: { id: row.id, name: row.name, createdAt: new Date(row.created_at) },
    sessionCount: Number(row.session_count),
    keyCount: Number(row.key_count),
  };
}
