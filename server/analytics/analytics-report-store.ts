import type { Knex } from 'knex';
import type { StatusType } from '../contract/statuses.js';
import type { Database } from '../db/database.js';
import { whereAnyOf } from '../db/dialect.js';
import { countRows, type Reach } from '../db/lists.js';
import { type ActivitySums, addActivity, noActivity, quarterMs, summedKinds } from './activity.js';
import type { HourSums } from './over-time.js';
import type { Stretch } from './period.js';
import type { Accounts, Posts } from './posts.js';
import { PostsReportStore } from './posts-report-store.js';
import type { PostsSums } from './posts-sums.js';
import { type ClockSpan, quartersPerHour } from './wall-clock.js';

/** What was done with a status in one quarter of an hour. */
export type QuarterActivity = ActivitySums & { quarter: number };

export interface SentPost {
  id: string;
  sessionId: string;
  sessionName: string;
  type: StatusType;
  sentAt: number | null;
  targeted: number;
}

/** The tables that have a row for each quarter of an hour, and what each sums. */
const kept = { status_activity: summedKinds, click_activity: ['clicked'] } as const;
const keptTables = ['status_activity', 'click_activity'] as const;

export interface AccountSums extends PostsSums {
  sessionId: string;
  sessionName: string;
}

/** When the first, the middle one and the last of those who are known to have viewed a status did; epoch milliseconds. */
export interface ViewTimes {
  first: number;
  half: number;
  last: number;
}

interface ViewedRow {
  status_id: string;
  viewed_at: number;
}

interface Ends {
  first: number | null;
  last: number | null;
  total: number;
}

/** Reads sums of what people did; it never writes. */
export class AnalyticsReportStore {
  private readonly posts: PostsReportStore;

  constructor(private readonly database: Database) {
    this.posts = new PostsReportStore(database);
  }

  /** By the hour on the wall, in no order. */
  async hours(posts: Posts, spans: readonly ClockSpan[]): Promise<HourSums[]> {
    const changes = spans
      .slice(0, -1)
      .map(({ to: until, ahead }) => `when a.quarter < ${String(until)} then ${String(ahead)}`);
    const last = String(spans.at(-1)?.ahead ?? 0);
    const ahead = changes.length === 0 ? last : `case ${changes.join(' ')} else ${last} end`;
    const hour = `(a.quarter + ${ahead}) / ${String(quartersPerHour)}`;
    const rows = await this.summedBy('hour', hour, (query) => {
      void query
        .whereIn('a.session_id', this.posts.sessionsOf(posts))
        .where('a.quarter', '>=', spans[0]?.from ?? 0)
        .where('a.quarter', '<', spans.at(-1)?.to ?? 0);
      const chosen = this.posts.chosen(posts);
      if (chosen) void query.whereIn('a.status_id', chosen.select('statuses.id'));
    });
    return rows.map(({ key: ofHour, ...sums }) => ({ hour: ofHour, ...sums }));
  }

  /** What became of the posts that went out in that time. */
  async sums(posts: Posts, stretch: Stretch): Promise<PostsSums> {
    const [row]: PostsSums[] = await this.posts.sent(posts, stretch).select(this.posts.summed());
    if (!row) throw new Error('A sum has one row.');
    return row;
  }

  /** The same for each account that posted, the most viewed first. */
  accounts(posts: Posts, stretch: Stretch, limit: number): Promise<AccountSums[]> {
    return this.posts
      .sent(posts, stretch)
      .join('sessions', 'sessions.session_id', 'statuses.session_id')
      .select<AccountSums[]>({ sessionId: 'statuses.session_id', sessionName: 'sessions.name' }, this.posts.summed())
      .groupBy('statuses.session_id', 'sessions.name')
      .orderBy([{ column: 'viewed', order: 'desc' }, { column: 'sessionId' }])
      .limit(limit);
  }

  /**
   * How many people viewed something in that time, by the totals that are kept of each. Only of those who viewed both before it
   * and after it somebody has to look for a view within.
   */
  people(reach: Reach, stretch: Stretch): Promise<number> {
    const [from, to] = [stretch.from * quarterMs, stretch.to * quarterMs];
    const within = this.database('views')
      .whereRaw('views.person_id = t.person_id')
      .where('views.viewed_at', '>=', from)
      .where('views.viewed_at', '<', to)
      .select(this.database.raw('1'));
    return countRows(
      this.database('viewer_totals as t')
        .whereIn('t.session_id', this.posts.sessionsOf(reach))
        .where('t.last_viewed_at', '>=', from)
        .where('t.first_viewed_at', '<', to)
        .where((query) => {
          void query.where('t.last_viewed_at', '<', to).orWhere('t.first_viewed_at', '>=', from).orWhereExists(within);
        }),
    );
  }

  /** What people did with one status, in the order of time. */
  async quarters(statusId: string): Promise<QuarterActivity[]> {
    const rows = await this.summedBy('quarter', 'a.quarter', (query) => void query.where('a.status_id', statusId));
    return rows
      .map(({ key: quarter, ...sums }) => ({ quarter, ...sums }))
      .sort((one, other) => one.quarter - other.quarter);
  }

  /** Of these posts those of the accounts. */
  async listPosts(accounts: Accounts, ids: readonly string[]): Promise<SentPost[]> {
    const query = this.posts
      .ofAccounts(accounts)
      .join('sessions', 'sessions.session_id', 'statuses.session_id')
      .select<SentPost[]>({
        id: 'statuses.id',
        sessionId: 'statuses.session_id',
        sessionName: 'sessions.name',
        type: 'statuses.type',
        sentAt: 'statuses.sent_at',
        targeted: 'statuses.targeted',
      });
    return whereAnyOf(this.database, query, 'statuses.id', ids);
  }

  /** Which of these accounts are there. */
  async listAccounts(accounts: Accounts): Promise<string[]> {
    return this.posts.sessionsOf(accounts).pluck('session_id');
  }

  async viewTimes(statusId: string): Promise<ViewTimes | undefined> {
    const views = () => this.database<ViewedRow>('views').where('status_id', statusId).whereNotNull('viewed_at');
    const ends = await views()
      .select(this.database.raw('min(viewed_at) as first, max(viewed_at) as last, count(*) as total'))
      .first<Ends>();
    if (ends.first === null || ends.last === null) return undefined;
    const middle = await views()
      .orderBy('viewed_at')
      .offset(Math.ceil(ends.total / 2) - 1)
      .limit(1)
      .select('viewed_at')
      .first();
    return { first: ends.first, half: middle?.viewed_at ?? ends.last, last: ends.last };
  }

  /** Accounts that hide read receipts themselves, and whether older views of some are still to be counted. */
  async troubles(reach: Reach): Promise<{ hidingAccounts: number; uncounted: boolean }> {
    const hiding = await this.database('address_books')
      .whereIn('session_id', this.posts.sessionsOf(reach))
      .where('read_receipts', 0)
      .select('session_id');
    const uncounted = await this.database<{ session_id: string; status_id: string }>('activity_backlog')
      .whereIn('session_id', this.posts.sessionsOf(reach))
      .select('status_id')
      .first();
    return { hidingAccounts: hiding.length, uncounted: uncounted !== undefined };
  }

  /** Sums of what is kept by the quarter of an hour, for each value of an expression over `a`; in no order. */
  private async summedBy(
    name: string,
    expression: string,
    narrow: (query: Knex.QueryBuilder) => void,
  ): Promise<(ActivitySums & { key: number })[]> {
    const groups = new Map<number, ActivitySums>();
    for (const table of keptTables) {
      const sums = kept[table].map((kind) => `sum(a.${kind}) as ${kind}`).join(', ');
      const query = this.database.from({ a: table }).select(this.database.raw(`${expression} as ${name}, ${sums}`));
      narrow(query.groupBy(name));
      for (const { [name]: key = 0, ...some } of (await query) as Record<string, number>[]) {
        const group = groups.get(key) ?? noActivity();
        addActivity(group, { ...noActivity(), ...some });
        groups.set(key, group);
      }
    }
    return [...groups].map(([key, sums]) => ({ key, ...sums }));
  }
}
