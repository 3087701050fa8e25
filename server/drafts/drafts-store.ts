import type { Knex } from 'knex';
import type { DraftStatus } from '../contract/planning/drafts.js';
import type { Database } from '../db/database.js';
import { containsText } from '../db/dialect.js';
import { countRows, whereReached } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { PlaceInTime } from '../lib/cursors.js';
import type { WantedPage } from '../lib/page.js';

/** A draft as it is kept. Times are epoch milliseconds. */
export interface DraftRecord {
  id: string;
  organizationId: string;
  name: string | null;
  body: DraftStatus;
  createdBy: string;
  createdAt: number;
  updatedAt: number;
}

interface DraftRow {
  id: string;
  organization_id: string;
  name: string | null;
  body: string;
  search_text: string;
  created_by: string;
  created_at: number;
  updated_at: number;
}

export class DraftsStore {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, record: DraftRecord): Promise<void> {
    await knexOf(tx)<DraftRow>('drafts').insert(toRow(record));
  }

  /** False when it is gone. */
  async replace(tx: Tx, record: DraftRecord): Promise<boolean> {
    const { id, ...columns } = toRow(record);
    return (await knexOf(tx)<DraftRow>('drafts').where({ id }).update(columns)) > 0;
  }

  async find(id: string): Promise<DraftRecord | undefined> {
    const row = await this.database<DraftRow>('drafts').where({ id }).first();
    return row && toRecord(row);
  }

  /** Last changed first. `terms` are in lower case, and all of them have to be there. */
  async list(
    filter: { organizationId: string | null; terms: readonly string[] },
    { limit, after }: WantedPage<PlaceInTime>,
  ): Promise<{ records: DraftRecord[]; total: number }> {
    const rows = this.filtered(filter)
      .orderBy([
        { column: 'updated_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(limit);
    if (after) {
      rows.where((later) => {
        void later.where('updated_at', '<', after.at).orWhere((same) => {
          void same.where('updated_at', after.at).where('id', '<', after.id);
        });
      });
    }
    return { records: (await rows).map(toRecord), total: await countRows(this.filtered(filter)) };
  }

  /** False when it was gone already. */
  async delete(tx: Tx, id: string): Promise<boolean> {
    return (await knexOf(tx)<DraftRow>('drafts').where({ id }).delete()) > 0;
  }

  private filtered(filter: {
    organizationId: string | null;
    terms: readonly string[];
  }): Knex.QueryBuilder<DraftRow, DraftRow[]> {
    const query = whereReached(this.database<DraftRow>('drafts'), filter);
    for (const term of filter.terms) void query.whereRaw(containsText(this.database, 'search_text'), [term]);
    return query;
  }
}

function searchText({ name, body }: DraftRecord): string {
  const texts = [body, ...(body.items ?? [])].flatMap(({ content, caption }) => [content ?? '', caption ?? '']);
  return [name ?? '', ...texts].join('\n').toLowerCase();
}

function toRow(record: DraftRecord): DraftRow {
  return {
    id: record.id,
    organization_id: record.organizationId,
    name: record.name,
    body: JSON.stringify(record.body),
    search_text: searchText(record),
    created_by: record.createdBy,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}

function toRecord(row: DraftRow): DraftRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    body: JSON.parse(row.body) as DraftStatus,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
