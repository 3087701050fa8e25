import type { Knex } from 'knex';
import type { ListViewersQuery, Viewer } from '../contract/viewers.js';
import type { Database } from '../db/database.js';
import { escapeLike, whereAnyOf } from '../db/dialect.js';
import { countRows } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { WantedPage } from '../lib/page.js';
import { nameToShow, type NamesRow } from '../people/person.js';
import type { PlaceAmongViewers } from './viewers-cursor.js';

interface ViewerRow extends NamesRow {
  person_id: string;
  phone_number: string | null;
  lid: string | null;
  delivered_at: number | null;
  viewed_at: number | null;
  reaction: string | null;
  replied_at: number | null;
  sort_viewed?: number;
  sort_delivered?: number;
}

export interface ViewersPage extends WantedPage<PlaceAmongViewers> {
  only: ListViewersQuery['only'];
  search: string | undefined;
  /** What was recorded later does not change the pages after the first. Epoch milliseconds. */
  asOf: number;
}

/** Reads views together with who the people are. */
export class ViewersReportStore {
  constructor(private readonly database: Database) {}

  /**
   * Those who viewed last come first, then those whom it reached last, then those whom it was meant for. Whoever is listed stays
   * in place when a receipt tells an earlier time afterwards.
   */
  async list(
    statusId: string,
    page: ViewersPage,
  ): Promise<{ rows: { viewer: Viewer; place: PlaceAmongViewers }[]; total: number }> {
    const { asOf, after, limit } = page;
    // What became known after the first page was read does not move anybody: it would push others over the page's edge.
    const viewed = `(case when v.view_recorded_at <= ${String(asOf)} then coalesce(v.listed_viewed_at, v.viewed_at) else 0 end)`;
    const delivered = `(case when v.recorded_at <= ${String(asOf)} then coalesce(v.listed_delivered_at, v.delivered_at, 0) else 0 end)`;
    const query = this.filtered(statusId, page, asOf)
      .select<ViewerRow[]>(viewerColumns)
      .select(this.database.raw(`${viewed} as sort_viewed, ${delivered} as sort_delivered`))
      .orderByRaw(`${viewed} desc, ${delivered} desc, p.id desc`)
      .limit(limit);
    if (after) {
      query.whereRaw(`(${viewed}, ${delivered}, p.id) < (?, ?, ?)`, [
        after.viewedAt,
        after.deliveredAt,
        after.personId,
      ]);
    }
    const rows = (await query) as ViewerRow[];
    const total = await countRows(this.filtered(statusId, page));
    return {
      rows: rows.map((row) => ({
        viewer: toViewer(row),
        place: {
          asOf,
          viewedAt: row.sort_viewed ?? 0,
          deliveredAt: row.sort_delivered ?? 0,
          personId: row.person_id,
        },
      })),
      total,
    };
  }

  /** These people as viewers of one status, as they are inside the transaction. */
  async listByPeople(tx: Tx, statusId: string, personIds: readonly string[]): Promise<Viewer[]> {
    const db = knexOf(tx);
    const query = db('views as v')
      .join('people as p', 'p.id', 'v.person_id')
      .where('v.status_id', statusId)
      .select(viewerColumns);
    const rows = (await whereAnyOf(db, query, 'v.person_id', personIds)) as ViewerRow[];
    return rows.map(toViewer);
  }

  /** Without `asOf` everybody counts, however late they were recorded. */
  private filtered(statusId: string, { only, search }: ViewersPage, asOf?: number): Knex.QueryBuilder {
    const concerned = this.database('status_recipients')
      .where('status_id', statusId)
      .select('person_id')
      .union((also) => {
        void also.from('views').where('status_id', statusId).select('person_id');
        if (asOf !== undefined) void also.where('recorded_at', '<=', asOf);
      });
    const query = this.database
      .from(concerned.as('c'))
      .join('people as p', 'p.id', 'c.person_id')
      .leftJoin('views as v', (on) => {
        on.on('v.person_id', 'c.person_id').andOnVal('v.status_id', statusId);
      });
    if (only === 'viewed') query.whereNotNull('v.viewed_at');
    if (only === 'viewed' && asOf !== undefined) query.where('v.view_recorded_at', '<=', asOf);
    if (only === 'delivered') query.whereNotNull('v.delivered_at');
    if (only === 'delivered' && asOf !== undefined) query.where('v.recorded_at', '<=', asOf);
    if (only === 'missed') {
      query.where((either) => {
        void either.whereNull('v.viewed_at');
        // Who viewed it after the first page was read is still on the pages that follow.
        if (asOf !== undefined) void either.orWhere('v.view_recorded_at', '>', asOf);
      });
    }
    if (search !== undefined && search.trim() !== '') {
      query.where((any) => {
        matching(any, search.trim());
      });
    }
    return query;
  }
}

const viewerColumns = [
  'p.id as person_id',
  'p.phone_number',
  'p.lid',
  'p.name',
  'p.verified_name',
  'p.push_name',
  'v.delivered_at',
  'v.viewed_at',
  'v.reaction',
  'v.replied_at',
];

/** Part of a name, or of a number in whatever way it is written. */
function matching(any: Knex.QueryBuilder, search: string): void {
  const pattern = `%${escapeLike(search.toLowerCase())}%`;
  for (const column of ['p.name', 'p.verified_name', 'p.push_name'])
    void any.orWhereRaw(`lower(??) like ? escape '\\'`, [column, pattern]);
  const digits = search.replace(/[\s+\-().]/g, '');
  if (/^\d+$/.test(digits)) void any.orWhere('p.phone_number', 'like', `%${digits}%`);
}

function toViewer(row: ViewerRow): Viewer {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    personId: row.person_id,
    number: row.phone_number,
    lid: row.lid,
    name: nameToShow(row),
    deliveredAt: time(row.delivered_at),
    viewedAt: time(row.viewed_at),
    reaction: row.reaction,
    replied: row.replied_at !== null,
  };
}
