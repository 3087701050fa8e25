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

  async list(
    sessionId: string,
    wanted: WantedPeople & WantedPage<PlaceAmongPeople>,
  ): Promise<{ person: ViewingPerson; place: PlaceAmongPeople }[]> {
    const [first, second] = keysOf[wanted.kind];
    const query = this.filtered(sessionId, wanted)
      .join('people as p', 'p.id', 't.person_id')
      .select('t.*', 'p.phone_number', 'p.lid', 'p.name', 'p.verified_name', 'p.push_name')
      .select(this.database.raw(`${first} as first_key, ${second} as second_key`))
      .orderByRaw([first, second, 't.person_id'].map((key) => `${key} desc`).join(', '))
      .limit(wanted.limit);
    if (wanted.after) {
      const { first: firstValue, second: secondValue, personId } = wanted.after;
      void query.whereRaw(`(${first}, ${second}, t.person_id) < (?, ?, ?)`, [firstValue, secondValue, personId]);
    }
    const rows = (await query) as TotalsRow[];
    return rows.map((row) => ({
      person: toPerson(row),
      place: { first: row.first_key, second: row.second_key, personId: row.person_id },
    }));
  }

  count(sessionId: string, wanted: WantedPeople): Promise<number> {
    const query = this.filtered(sessionId, wanted);
    // Who they are matters only where a name is looked for, and is a look at another table for each of them.
    if (hasText(wanted.search)) void query.join('people as p', 'p.id', 't.person_id');
    return countRows(query);
  }

  /** Those of `t`, the totals; with a search, `p` is to be joined. */
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
    if (hasText(search)) {
      void query.where((any) => {
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
