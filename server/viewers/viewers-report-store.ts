import type { Knex } from 'knex';
import type { ListViewersQuery, Viewer } from '../contract/viewers.js';
import type { Database } from '../db/database.js';
import { comparedByBytes, whereAnyOf } from '../db/dialect.js';
import { countRows } from '../db/lists.js';
import { wherePersonMatches } from '../db/person-search.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { WantedPage } from '../lib/page.js';
import { nameToShow, type NamesRow } from '../people/person.js';
import type { PlaceAmongViewers } from './viewers-cursor.js';
import type { ViewersOrder } from './viewers-order.js';

interface ViewerRow extends NamesRow {
  person_id: string;
  phone_number: string | null;
  lid: string | null;
  delivered_at: number | null;
  viewed_at: number | null;
  reaction: string | null;
  replied_at: number | null;
}

interface PlacedRow extends ViewerRow {
  first_key: number | string;
  second_key: number;
}

export interface WantedViewers {
  only: ListViewersQuery['only'];
  search?: string | undefined;
}

export interface ViewersPage extends WantedViewers, WantedPage<PlaceAmongViewers>, ViewersOrder {
  /** What was recorded later does not change the pages after the first. Epoch milliseconds. */
  asOf: number;
}

/** Reads views together with who the people are. */
export class ViewersReportStore {
  constructor(private readonly database: Database) {}

  /**
   * By the keys of the order, and by id where they are equal. Whoever is listed stays in place when a receipt tells an earlier time
   * afterwards.
   */
  async list(statusId: string, page: ViewersPage): Promise<{ viewer: Viewer; place: PlaceAmongViewers }[]> {
    const { asOf, after, limit, order } = page;
    const [first, second] = orderKeys(this.database, page);
    const query = this.filtered(statusId, page, asOf)
      .select<PlacedRow[]>(viewerColumns)
      .select(this.database.raw(`${first} as first_key, ${second} as second_key`))
      .orderByRaw([first, second, 'p.id'].map((key) => `${key} ${order}`).join(', '))
      .limit(limit);
    if (after) {
      const beyond = order === 'asc' ? '>' : '<';
      query.whereRaw(`(${first}, ${second}, p.id) ${beyond} (?, ?, ?)`, [after.first, after.second, after.personId]);
    }
    const rows = (await query) as PlacedRow[];
    return rows.map((row) => ({
      viewer: toViewer(row),
      place: { asOf, first: row.first_key, second: row.second_key, personId: row.person_id },
    }));
  }

  /** How many there are by now. */
  count(statusId: string, wanted: WantedViewers): Promise<number> {
    return countRows(this.filtered(statusId, wanted));
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
  private filtered(statusId: string, { only, search }: WantedViewers, asOf?: number): Knex.QueryBuilder {
    const concerned = this.database('status_recipients').where('status_id', statusId).select('person_id');
    if (only === 'missed') void concerned.where('outcome', 'included');
    else {
      void concerned.union((also) => {
        void also.from('views').where('status_id', statusId).select('person_id');
        if (asOf !== undefined) void also.where('recorded_at', '<=', asOf);
      });
    }
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
    if (only === 'liked') query.whereNotNull('v.reaction');
    if (only === 'replied') query.whereNotNull('v.replied_at');
    if (only === 'missed') {
      unknownBy(query, 'v.delivered_at', 'v.recorded_at', asOf);
      unknownBy(query, 'v.viewed_at', 'v.view_recorded_at', asOf);
    }
    if (search !== undefined && search.trim() !== '') {
      query.where((any) => {
        wherePersonMatches(any, search.trim());
      });
    }
    return query;
  }
}

/** Who got or viewed it after the first page was read is still on the pages that follow. */
function unknownBy(query: Knex.QueryBuilder, time: string, recordedAt: string, asOf: number | undefined): void {
  query.where((either) => {
    void either.whereNull(time);
    if (asOf !== undefined) void either.orWhere(recordedAt, '>', asOf);
  });
}

/** As much of a name as a cursor has room for. */
const nameLength = 40;

/**
 * SQL of the two values by which viewers are ordered. What became known after the first page was read moves nobody: it would push
 * others over the page's edge.
 */
function orderKeys(db: Database, { sort, order, asOf }: ViewersPage): [string, string] {
  const unknown = order === 'asc' ? Number.MAX_SAFE_INTEGER : 0;
  const time = (recordedAt: string, ...times: string[]): string =>
    `(case when ${recordedAt} <= ${String(asOf)} then coalesce(${times.join(', ')}, ${String(unknown)}) else ${String(unknown)} end)`;
  const viewed = time('v.view_recorded_at', 'v.listed_viewed_at', 'v.viewed_at');
  const delivered = time('v.recorded_at', 'v.listed_delivered_at', 'v.delivered_at');
  if (sort === 'viewedAt') return [viewed, delivered];
  if (sort === 'deliveredAt') return [delivered, viewed];
  const [named, unnamed] = order === 'asc' ? ['1', '2'] : ['2', '1'];
  const name = 'coalesce(p.name, p.verified_name, p.push_name)';
  const nameKey =
    `case when ${name} is null then '${unnamed}' || coalesce(p.phone_number, p.lid, '') ` +
    `else '${named}' || lower(substr(${name}, 1, ${String(nameLength)})) end`;
  return [comparedByBytes(db, nameKey), viewed];
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
