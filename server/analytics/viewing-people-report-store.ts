import type { Knex } from 'knex';
import type { PeopleKind, ViewingPerson } from '../contract/analytics/people-analytics.js';
import type { Database } from '../db/database.js';
import { whereAnyOf } from '../db/dialect.js';
import { countRows } from '../db/lists.js';
import { wherePersonMatches } from '../db/person-search.js';
import type { WantedPage } from '../lib/page.js';
import { timestampOrNull } from '../lib/timestamp.js';
import { nameToShow, type NamesRow } from '../people/person.js';

/** Where a page ended: the two keys of the order, and the person. */
export interface PlaceAmongPeople {
  first: number;
  second: number;
  personId: string;
}

export interface WantedPeople {
  kind: PeopleKind;
  /** Ids of the last posts. */
  postIds: readonly string[];
  search?: string | undefined;
}

interface TotalsRow extends NamesRow {
  person_id: string;
  phone_number: string | null;
  lid: string | null;
  viewed: number;
  reacted: number;
  replied: number;
  first_viewed_at: number | null;
  last_viewed_at: number | null;
  first_key: number;
  second_key: number;
  total: number;
}

/** By which people of a kind are ordered, the greatest first. */
const keysOf: Readonly<Record<PeopleKind, readonly [string, string]>> = {
  loyal: ['t.viewed', 'coalesce(t.last_viewed_at, 0)'],
  new: ['coalesce(t.first_viewed_at, 0)', 't.viewed'],
  lost: ['coalesce(t.last_viewed_at, 0)', 't.viewed'],
};

/** Who views the posts of an account, by what they did with all of them together. */
export class ViewingPeopleReportStore {
  constructor(private readonly database: Database) {}

  /** The last posts of an account: as segments count them. */
  lastPosts(sessionId: string, count: number): Promise<string[]> {
    return this.database('statuses')
      .where('session_id', sessionId)
      .where((either) => void either.whereNotNull('sent_at').orWhere('viewed', '>', 0))
      .orderByRaw('coalesce(sent_at, started_at, created_at) desc, id desc')
      .limit(count)
      .pluck('id');
  }

  /** A page of them, and how many there are in all. */
  async list(
    sessionId: string,
    wanted: WantedPeople & WantedPage<PlaceAmongPeople>,
  ): Promise<{ people: { person: ViewingPerson; place: PlaceAmongPeople }[]; total: number }> {
    const [first, second] = keysOf[wanted.kind];
    const keys = this.filtered(sessionId, wanted).select(
      this.database.raw(`t.person_id, ${first} as first_key, ${second} as second_key`),
    );
    const order = ['first_key', 'second_key', 'person_id'].map((column) => ({ column, order: 'desc' as const }));
    const page = this.database.from('chosen').select('*').orderBy(order).limit(wanted.limit);
    if (wanted.after) {
      const { first: firstValue, second: secondValue, personId } = wanted.after;
      void page.whereRaw('(first_key, second_key, person_id) < (?, ?, ?)', [firstValue, secondValue, personId]);
    }
    // Who belongs to it is found out once, for the page and for their number; the rest is looked up for the page only.
    const rows = (await this.database
      .withMaterialized('chosen', keys)
      .from(page.as('c'))
      .join('viewer_totals as t', 't.person_id', 'c.person_id')
      .join('people as p', 'p.id', 't.person_id')
      .select('t.*', 'p.phone_number', 'p.lid', 'p.name', 'p.verified_name', 'p.push_name')
      .select('c.first_key', 'c.second_key')
      .select(this.database.raw('(select count(*) from chosen) as total'))
      .orderBy(order.map((by) => ({ ...by, column: `c.${by.column}` })))) as TotalsRow[];
    const people = rows.map((row) => ({
      person: toPerson(row),
      place: { first: row.first_key, second: row.second_key, personId: row.person_id },
    }));
    return { people, total: rows[0]?.total ?? (await countRows(this.filtered(sessionId, wanted))) };
  }

  private filtered(sessionId: string, { kind, postIds, search }: WantedPeople): Knex.QueryBuilder {
    const query = this.database.from('viewer_totals as t').where('t.session_id', sessionId).where('t.viewed', '>', 0);
    if (kind === 'loyal') whereAnyOf(this.database, query, 't.last_viewed_post', postIds);
    if (kind === 'new') whereAnyOf(this.database, query, 't.first_viewed_post', postIds);
    if (kind === 'lost') {
      const latest = this.database('statuses').select('id');
      whereAnyOf(this.database, latest, 'id', postIds);
      const got = this.database('status_recipients as r')
        .whereRaw('r.person_id = t.person_id')
        .where('r.outcome', 'included');
      whereAnyOf(this.database, got, 'r.status_id', postIds);
      void query.whereNotIn('t.last_viewed_post', latest).whereExists(got.select(this.database.raw('1')));
    }
    // Who they are matters only where a name is looked for, and is a look at another table for each of them.
    if (hasText(search)) {
      void query.join('people as p', 'p.id', 't.person_id').where((any) => {
        wherePersonMatches(any, search.trim());
      });
    }
    return query;
  }
}

function hasText(search: string | undefined): search is string {
  return search !== undefined && search.trim() !== '';
}

function toPerson(row: TotalsRow): ViewingPerson {
  return {
    personId: row.person_id,
    number: row.phone_number,
    lid: row.lid,
    name: nameToShow(row),
    viewed: row.viewed,
    reacted: row.reacted,
    replied: row.replied,
    firstViewedAt: timestampOrNull(row.first_viewed_at),
    lastViewedAt: timestampOrNull(row.last_viewed_at),
  };
}
