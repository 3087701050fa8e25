import type { Database } from '../db/database.js';
import { jsonField, whereAnyOf } from '../db/dialect.js';
import type { Reach } from '../db/lists.js';
import type { Stretch } from './period.js';
import type { Posts } from './posts.js';
import { PostsReportStore } from './posts-report-store.js';
import type { AudienceSums, KeyedSums } from './reach-groups.js';

/** Where groups have names. */
const tables = { list: 'audiences', template: 'templates' } as const;

/** Sums up posts by what they are and for whom; it reads and never writes. */
export class ReachReportStore {
  private readonly posts: PostsReportStore;

  constructor(private readonly database: Database) {
    this.posts = new PostsReportStore(database);
  }

  /** For each type of posts, or template. */
  byKind(posts: Posts, stretch: Stretch, kind: 'type' | 'template'): Promise<KeyedSums[]> {
    const column = { type: 'statuses.type', template: 'statuses.template_id' }[kind];
    return this.posts.sent(posts, stretch).select<KeyedSums[]>({ key: column }, this.posts.summed()).groupBy(column);
  }

  /** For each list and segment that posts were for, and once for all other posts; the most viewed first. */
  byAudience(posts: Posts, stretch: Stretch, limit: number): Promise<AudienceSums[]> {
    const [listId, segment] = ['listId', 'segment'].map((field) =>
      jsonField(this.database, 'statuses.audience', field),
    );
    return this.posts
      .sent(posts, stretch)
      .select<AudienceSums[]>(
        this.database.raw(`${String(listId)} as "listId", ${String(segment)} as "segment"`),
        this.posts.summed(),
      )
      .groupByRaw('1, 2')
      .orderBy('viewed', 'desc')
      .limit(limit);
  }

  /** Of those of these ids that are there, in the organizations of the accounts. */
  async names(kind: keyof typeof tables, ids: readonly string[], reach: Reach): Promise<Map<string, string>> {
    const organizations = this.posts.sessionsOf(reach).clearSelect().select('organization_id');
    const named = this.database<{ id: string; name: string; organization_id: string }>(tables[kind])
      .whereIn('organization_id', organizations)
      .select('id', 'name');
    const rows = await whereAnyOf(this.database, named, 'id', ids);
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}
