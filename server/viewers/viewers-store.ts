import type { Knex } from 'knex';
import type { ListViewersQuery, Viewer } from '../contract/viewers.js';
import type { Database } from '../db/database.js';
import { whereAnyOf } from '../db/dialect.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { ViewersCursor } from './viewers-cursor.js';

interface ViewerRow {
  person_id: string;
  phone_number: string | null;
  lid: string | null;
  name: string | null;
  push_name: string | null;
  delivered_at: number | null;
  viewed_at: number | null;
  reaction: string | null;
  replied_at: number | null;
  sort_viewed: number;
}

export interface ViewersPage {
  only: ListViewersQuery['only'];
  search: string | undefined;
  limit: number;
  /** What was recorded later does not change the pages after the first. Epoch milliseconds. */
  asOf: number;
  after: ViewersCursor | undefined;
}

/** Reads views together with who the people are. */
export class ViewersStore {
  constructor(private readonly database: Database) {}

  /** Those who viewed last come first, then those whom it reached last. */
  async list(
    statusId: string,
    page: ViewersPage,
  ): Promise<{ rows: { viewer: Viewer; cursor: ViewersCursor }[]; total: number }> {
    const { asOf, after, limit } = page;
    const sortViewed = `(case when v.view_recorded_at <= ${String(asOf)} then v.viewed_at else 0 end)`;
    const query = this.filtered(statusId, page)
      .select(viewerColumns)
      .select(this.database.raw(`${sortViewed} as sort_viewed`))
      .orderByRaw(`${sortViewed} desc, coalesce(v.delivered_at, 0) desc, v.person_id desc`)
      .limit(limit);
    if (after) {
      query
        .where('v.recorded_at', '<=', asOf)
        .whereRaw(`(${sortViewed}, coalesce(v.delivered_at, 0), v.person_id) < (?, ?, ?)`, [
          after.viewedAt,
          after.deliveredAt,
          after.personId,
        ]);
      if (page.only === 'viewed') query.where('v.view_recorded_at', '<=', asOf);
    }
    const rows = (await query) as ViewerRow[];
    const counted: { total?: string | number } | undefined = await this.filtered(statusId, page)
      .count({ total: '*' })
      .first();
    return {
      rows: rows.map((row) => ({
        viewer: toViewer(row),
        cursor: { asOf, viewedAt: row.sort_viewed, deliveredAt: row.delivered_at ?? 0, personId: row.person_id },
      })),
      total: Number(counted?.total ?? 0),
    };
  }

  /** These people as viewers of one status, as they are inside the transaction. */
  async listByPeople(tx: Tx, statusId: string, personIds: readonly string[]): Promise<Viewer[]> {
    const db = knexOf(tx);
    const query = joined(db).where('v.status_id', statusId).select(viewerColumns);
    return ((await whereAnyOf(db, query, 'v.person_id', personIds)) as ViewerRow[]).map(toViewer);
  }

  private filtered(statusId: string, { only, search }: ViewersPage): Knex.QueryBuilder {
    const query = joined(this.database).where('v.status_id', statusId);
    if (only === 'viewed') query.whereNotNull('v.viewed_at');
    if (only === 'delivered') query.whereNotNull('v.delivered_at').whereNull('v.viewed_at');
    if (search !== undefined && search.trim() !== '') query.where((any) => matching(any, search.trim()));
    return query;
  }
}

const viewerColumns = [
  'v.person_id',
  'p.phone_number',
  'p.lid',
  'p.name',
  'p.push_name',
  'v.delivered_at',
  'v.viewed_at',
  'v.reaction',
  'v.replied_at',
];

function joined(db: Knex): Knex.QueryBuilder {
  return db('views as v').join('people as p', 'p.id', 'v.person_id');
}

/** Part of a name, or of a number in whatever way it is written. */
function matching(any: Knex.QueryBuilder, search: string): void {
  const pattern = `%${escapeLike(search.toLowerCase())}%`;
  for (const column of ['p.name', 'p.push_name']) any.orWhereRaw(`lower(??) like ? escape '\\'`, [column, pattern]);
  const digits = search.replace(/[\s+\-().]/g, '');
  if (/^\d+$/.test(digits)) any.orWhere('p.phone_number', 'like', `%${digits}%`);
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}

function toViewer(row: ViewerRow): Viewer {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    personId: row.person_id,
    number: row.phone_number,
    lid: row.lid,
    name: row.name ?? row.push_name,
    deliveredAt: time(row.delivered_at),
    viewedAt: time(row.viewed_at),
    reaction: row.reaction,
    replied: row.replied_at !== null,
  };
}
