import { funnelSteps } from '../contract/analytics/analytics.js';
import type { Database } from '../db/database.js';
import { quarterMs } from './activity.js';
import type { Stretch } from './period.js';
import type { Accounts, Posts } from './posts.js';

/** Queries for the posts that a question is about; it reads and never writes. */
export class PostsReportStore {
  constructor(private readonly database: Database) {}

  sessionsOf({ organizationId, sessionId, sessionIds }: Accounts) {
    const sessions = this.database('sessions').select('session_id');
    if (organizationId !== null) void sessions.where({ organization_id: organizationId });
    if (sessionId !== null) void sessions.where({ session_id: sessionId });
    if (sessionIds) void sessions.whereIn('session_id', sessionIds);
    return sessions;
  }

  /** Those that went out in that time. */
  sent(posts: Posts, { from, to }: Stretch) {
    return (this.chosen(posts) ?? this.ofAccounts(posts))
      .where('statuses.sent_at', '>=', from * quarterMs)
      .where('statuses.sent_at', '<', to * quarterMs);
  }

  /** Undefined where all posts are meant. */
  chosen(posts: Posts) {
    const { type, broadcastId, seriesId, scheduleId, templateId } = posts;
    const ids = { broadcast_id: broadcastId, series_id: seriesId, schedule_id: scheduleId, template_id: templateId };
    const columns = { type, ...ids };
    const given = Object.entries(columns).filter(([, value]) => value !== undefined);
    if (given.length === 0) return undefined;
    return this.ofAccounts(posts).where(Object.fromEntries(given.map(([name, value]) => [`statuses.${name}`, value])));
  }

  ofAccounts(accounts: Accounts) {
    return this.database('statuses').whereIn('statuses.session_id', this.sessionsOf(accounts));
  }

  /** How many there are, and what they reached. */
  summed() {
    const sums = funnelSteps.map((name) => `coalesce(sum(statuses.${name}), 0) as ${name}`);
    return this.database.raw(`count(*) as posts, ${sums.join(', ')}`);
  }
}
