import type { Knex } from 'knex';
import type { SegmentAct } from '../contract/segments.js';
import type { Database } from '../db/database.js';
import { whereAnyOf } from '../db/dialect.js';
import { formsOfNumber, numberKey } from '../lib/number-forms.js';
import type { PersonAddress } from '../whatsapp/gateway.js';

/** Somebody the account knows. */
export interface KnownPerson extends PersonAddress {
  id: string;
}

/** When somebody did something: since a time, or with one of these posts; ever where neither is given. */
export interface ActWindow {
  since?: number | undefined;
  postIds?: readonly string[] | undefined;
}

interface PersonRow {
  id: string;
  phone_number: string | null;
  lid: string | null;
}

/** Bounds what one statement carries, and so how long its rows hold the event loop. */
const perStatement = 2_000;

const columnsOf = {
  viewed: { count: 't.viewed', at: 't.last_viewed_at', post: 't.last_viewed_post' },
  liked: { count: 't.reacted', at: 't.last_reacted_at', post: 't.last_reacted_post' },
  replied: { count: 't.replied', at: 't.last_replied_at', post: 't.last_replied_post' },
} as const satisfies Record<SegmentAct, object>;

/**
 * Who did what with the posts of an account. Whether somebody did something with one of the last posts follows from the last post
 * with which they did, so that a row per person answers it, whatever the number of posts.
 */
export class SegmentsReportStore {
  constructor(private readonly database: Database) {}

  /**
   * Ids of the last posts of an account, the latest first: those that WhatsApp has confirmed, also if they were taken back
   * afterwards, and any on its way that somebody viewed already.
   */
  lastPosts(sessionId: string, count: number): Promise<string[]> {
    return this.database('statuses')
      .where('session_id', sessionId)
      .where((either) => void either.whereNotNull('sent_at').orWhere('viewed', '>', 0))
      .orderByRaw('coalesce(sent_at, started_at, created_at) desc, id desc')
      .limit(count)
      .pluck('id');
  }

  whoDid(sessionId: string, act: SegmentAct, { since, postIds }: ActWindow): Promise<KnownPerson[]> {
    const { count, at, post } = columnsOf[act];
    return this.peopleOf(sessionId, (query) => {
      void query.join('viewer_totals as t', 't.person_id', 'p.id').where(count, '>', 0);
      if (since !== undefined) void query.where(at, '>=', since);
      if (postIds !== undefined) whereAnyOf(this.database, query, post, postIds);
    });
  }

  /**
   * Everybody to whom something was posted, or only those of them who never viewed any; also where it is not kept any more which posts
   * that were.
   */
  postedTo(sessionId: string, whoNeverViewed: boolean): Promise<KnownPerson[]> {
    const totals = (condition: string) => `select 1 from viewer_totals t where t.person_id = p.id and ${condition}`;
    const kept = `select 1 from status_recipients r where r.person_id = p.id and r.outcome = 'included'`;
    const isAny = (...found: string[]) => `coalesce(${found.map((one) => `(${one} limit 1)`).join(', ')}) is not null`;
    // Looked up for each person, one after the other: of two that are joined by "or" PostgreSQL would read the whole tables.
    const got = [kept, totals('t.posted_at is not null')];
    const viewed = totals('t.viewed > 0');
    return this.peopleOf(sessionId, (query) => {
      void query.whereRaw(whoNeverViewed ? `${isAny(...got)} and not exists (${viewed})` : isAny(viewed, ...got));
    });
  }

  /** Who has these numbers, by {@link numberKey}; a number of nobody whom the account knows is not among them. */
  async byNumber(sessionId: string, numbers: readonly string[]): Promise<Map<string, KnownPerson>> {
    const found = new Map<string, KnownPerson>();
    for (let from = 0; from < numbers.length; from += perStatement) {
      const forms = numbers.slice(from, from + perStatement).flatMap(formsOfNumber);
      const query = this.database('people').where({ session_id: sessionId }).select('id', 'phone_number', 'lid');
      for (const row of (await whereAnyOf(this.database, query, 'phone_number', forms)) as PersonRow[]) {
        if (row.phone_number !== null) found.set(numberKey(row.phone_number), toPerson(row));
      }
    }
    return found;
  }

  private async peopleOf(sessionId: string, narrow: (query: Knex.QueryBuilder) => void): Promise<KnownPerson[]> {
    const found: KnownPerson[] = [];
    for (let after = '', more = true; more;) {
      const query = this.database('people as p')
        .where('p.session_id', sessionId)
        .where('p.id', '>', after)
        .orderBy('p.id')
        .limit(perStatement)
        .select('p.id', 'p.phone_number', 'p.lid');
      narrow(query);
      const rows = (await query) as PersonRow[];
      for (const row of rows) found.push(toPerson(row));
      after = rows.at(-1)?.id ?? '';
      more = rows.length === perStatement;
    }
    return found;
  }
}

function toPerson({ id, phone_number: phoneNumber, lid }: PersonRow): KnownPerson {
  return { id, phoneNumber, lid };
}
