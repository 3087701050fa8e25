import type { Principal } from '../access/principal.js';
import type { ReachAnalytics, ReachAnalyticsQuery } from '../contract/analytics/reach-analytics.js';
import { maxReachAudiences } from '../contract/analytics/reach-analytics.js';
import type { Segment } from '../contract/segments.js';
import type { Clock } from '../lib/clock.js';
import { reachedBy } from './funnel.js';
import type { AnalyticsNotes } from './analytics-notes.js';
import { edgesOf, periodOf, type Stretch } from './period.js';
import { type Accounts, type Posts, postsOf } from './posts.js';
import { byAudience, type KeyedSums, shownGroups } from './reach-groups.js';
import type { ReachReportStore } from './reach-report-store.js';

export interface ReachServiceParts {
  store: ReachReportStore;
  notes: AnalyticsNotes;
  clock: Clock;
}

/** What posts reached, by whom they were for and what they were. Reads only. */
export class ReachService {
  constructor(private readonly parts: ReachServiceParts) {}

  /** Of one account, or of all that the principal may see. Throws `validation_error` for a time that makes no sense. */
  async ofPosts(principal: Principal, sessionId: string | null, query: ReachAnalyticsQuery): Promise<ReachAnalytics> {
    const { notes, clock } = this.parts;
    const accounts = { organizationId: principal.organizationId, sessionId: sessionId ?? principal.sessionId };
    const period = periodOf(query, clock.now().getTime());
    const { by, timeZone } = query;
    const { groups, rest } = shownGroups(await this.sumsOf(postsOf(accounts, query), period, query));
    const names = await this.namesOf(
      principal,
      accounts,
      by,
      groups.map(({ key }) => key),
    );
    return {
      ...edgesOf(period),
      timeZone,
      by,
      groups: groups.map(({ key, ...sums }) => ({
        key,
        name: names.get(key) ?? null,
        segment: by === 'segment' ? (JSON.parse(key) as Segment) : null,
        ...reachedBy(sums),
      })),
      rest: reachedBy(rest),
      notes: await notes.of(accounts),
    };
  }

  private async sumsOf(posts: Posts, stretch: Stretch, { by }: ReachAnalyticsQuery): Promise<KeyedSums[]> {
    const { store } = this.parts;
    if (by === 'type' || by === 'template') return store.byKind(posts, stretch, by);
    return byAudience(by, await store.byAudience(posts, stretch, maxReachAudiences));
  }

  /** Lists and templates belong to the organization, and so are nothing to the key of one session. */
  private async namesOf(
    principal: Principal,
    accounts: Accounts,
    by: ReachAnalyticsQuery['by'],
    keys: readonly string[],
  ): Promise<Map<string, string>> {
    if (principal.sessionId !== null || (by !== 'list' && by !== 'template')) return new Map();
    return this.parts.store.names(by, keys, accounts);
  }
}
