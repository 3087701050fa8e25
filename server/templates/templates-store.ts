import type { SendStatusBody } from '../contract/statuses.js';
import type { Database } from '../db/database.js';
import { isUniqueViolation } from '../db/dialect.js';
import { countRows, whereReached } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { WantedPage } from '../lib/page.js';

/** A template as it is kept. Times are epoch milliseconds. */
export interface TemplateRecord {
  id: string;
  organizationId: string;
  name: string;
  body: SendStatusBody;
  createdBy: string;
  createdAt: number;
  updatedAt: number;
}

interface TemplateRow {
  id: string;
  organization_id: string;
  name: string;
  body: string;
  created_by: string;
  created_at: number;
  updated_at: number;
}

export class TemplatesStore {
  constructor(private readonly database: Database) {}

  /** Writes it, new or changed. False when another one of the organization has the name. */
  async put(tx: Tx, record: TemplateRecord): Promise<boolean> {
    const row: TemplateRow = {
      id: record.id,
      organization_id: record.organizationId,
      name: record.name,
      body: JSON.stringify(record.body),
      created_by: record.createdBy,
      created_at: record.createdAt,
      updated_at: record.updatedAt,
    };
    try {
      await knexOf(tx)<TemplateRow>('templates').insert(row).onConflict('id').merge();
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  async find(id: string): Promise<TemplateRecord | undefined> {
    const row = await this.database<TemplateRow>('templates').where({ id }).first();
    return row && toRecord(row);
  }

  async isKnown(tx: Tx, organizationId: string, id: string): Promise<boolean> {
    const found = await knexOf(tx)<TemplateRow>('templates').where({ id, organization_id: organizationId }).first('id');
    return found !== undefined;
  }

  /** Newest first. */
  async list(
    organizationId: string | null,
    page: WantedPage<string>,
  ): Promise<{ records: TemplateRecord[]; total: number }> {
    const filtered = () => whereReached(this.database<TemplateRow>('templates'), { organizationId });
    const query = filtered().orderBy('id', 'desc').limit(page.limit);
    if (page.after !== undefined) void query.where('id', '<', page.after);
    return { records: (await query).map(toRecord), total: await countRows(filtered()) };
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await knexOf(tx)<TemplateRow>('templates').where({ id }).delete();
  }
}

function toRecord(row: TemplateRow): TemplateRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    body: JSON.parse(row.body) as SendStatusBody,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
