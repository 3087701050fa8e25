import type { Principal } from '../access/principal.js';
import type { ComparedPost, PostComparison, PostComparisonQuery } from '../contract/analytics/post-comparison.js';
import { notFound, validationError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { timestamp } from '../lib/timestamp.js';
import { addActivity, noActivity, quarterMs } from './activity.js';
import type { AnalyticsNotes } from './analytics-notes.js';
import type { AnalyticsReportStore, QuarterActivity, SentPost } from './analytics-report-store.js';
import { ratesOf } from './funnel.js';
import { quartersPerHour } from './wall-clock.js';

export interface PostComparisonParts {
  store: AnalyticsReportStore;
  notes: AnalyticsNotes;
  clock: Clock;
}

/** Posts beside each other, each as old as the others. Reads only. */
export class PostComparisonService {
  constructor(private readonly parts: PostComparisonParts) {}

  /**
   * Throws `not_found` where the principal may see one of them not, and `validation_error` where one has not gone out: it has
   * no age.
   */
  async compare(
    { organizationId, sessionId }: Principal,
    { statusIds, hours }: PostComparisonQuery,
  ): Promise<PostComparison> {
    const { store, notes, clock } = this.parts;
    const accounts = { organizationId, sessionId };
    const found = new Map((await store.listPosts(accounts, statusIds)).map((post) => [post.id, post]));
    const posts = statusIds.map((id) => {
      const post = found.get(id);
      if (!post) throw notFound(`The status ${id}`);
      if (post.sentAt === null) throw validationError('statusIds', `The status ${id} has not gone out.`);
      return { ...post, sentAt: post.sentAt };
    });
    const youngest = clock.now().getTime() - Math.max(...posts.map(({ sentAt }) => sentAt));
    const quarters = Math.max(0, Math.min(hours * quartersPerHour, Math.floor(youngest / quarterMs)));
    const compared: ComparedPost[] = [];
    for (const post of posts) compared.push(atAge(post, await store.quarters(post.id), quarters));
    return {
      ageMinutes: (quarters * quarterMs) / 60_000,
      posts: compared,
      notes: await notes.of({ ...accounts, sessionIds: [...new Set(posts.map((post) => post.sessionId))] }),
    };
  }
}

function atAge(
  { id, sessionId, sessionName, type, sentAt, targeted }: SentPost & { sentAt: number },
  activity: readonly QuarterActivity[],
  quarters: number,
): ComparedPost {
  const until = (age: number): number => Math.round(sentAt / quarterMs) + age;
  const sums = noActivity();
  for (const quarter of activity) if (quarter.quarter < until(quarters)) addActivity(sums, quarter);
  const hours = Array.from({ length: Math.floor(quarters / quartersPerHour) }, (_, index) => index + 1);
  const funnel = { targeted, ...sums };
  return {
    sessionId,
    sessionName,
    statusId: id,
    type,
    sentAt: timestamp(sentAt),
    funnel,
    rates: ratesOf(funnel),
    viewedByHour: hours.map((hour) =>
      activity
        .filter(({ quarter }) => quarter < until(hour * quartersPerHour))
        .reduce((sum, { viewed }) => sum + viewed, 0),
    ),
  };
}
