import type { Principal } from '../access/principal.js';
import {
  type Analytics,
  type AllAnalyticsQuery,
  type AnalyticsQuery,
  maxComparedAccounts,
  maxHoursOfStatus,
  type SessionAnalytics,
  type StatusAnalytics,
  type StatusAnalyticsQuery,
} from '../contract/analytics/analytics.js';
import { notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { timestampOrNull } from '../lib/timestamp.js';
import type { StatusRecord } from '../statuses/status.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import { quarterOf } from './activity.js';
import type { AnalyticsNotes } from './analytics-notes.js';
import type { AnalyticsReportStore, QuarterActivity } from './analytics-report-store.js';
import { bestTimesOf } from './best-times.js';
import { ratesOf, reachedBy } from './funnel.js';
import { barsOf, type HourSums, totalOf } from './over-time.js';
import { edgesOf, periodOf, spansOf, type Stretch } from './period.js';
import { type Accounts, isNarrowed, postsOf } from './posts.js';
import { quartersPerDay, quartersPerHour, wallQuarter } from './wall-clock.js';

export interface AnalyticsServiceParts {
  store: AnalyticsReportStore;
  notes: AnalyticsNotes;
  statuses: Pick<StatusesService, 'getRecord'>;
  clock: Clock;
}

/** What posts reached, and when people did what with them. */
export class AnalyticsService {
  constructor(private readonly parts: AnalyticsServiceParts) {}

  /** Of one status. Throws `not_found` for an unknown one. */
  async ofStatus(sessionId: string, statusId: string, { timeZone }: StatusAnalyticsQuery): Promise<StatusAnalytics> {
    const { store } = this.parts;
    const status = await this.parts.statuses.getRecord(sessionId, statusId);
    const quarters = await store.quarters(statusId);
    const stretch = this.hoursShownOf(status, quarters);
    const spans = spansOf(timeZone, stretch);
    const isShown = ({ quarter }: QuarterActivity): boolean => quarter >= stretch.from && quarter < stretch.to;
    const hours = (sums: QuarterActivity[]): HourSums[] =>
      sums.map((sum) => ({ ...sum, hour: Math.floor(wallQuarter(spans, sum.quarter) / quartersPerHour) }));
    const times = status.peopleForgottenAt === null ? await store.viewTimes(statusId) : undefined;
    const { targeted, delivered, viewed, reacted, replied, clicked } = status.counts;
    const funnel = { targeted, delivered, viewed, reacted, replied, clicked };
    return {
      sessionId,
      statusId,
      timeZone,
      funnel,
      rates: ratesOf(funnel),
      sentAt: timestampOrNull(status.sentAt),
      firstViewAt: timestampOrNull(times?.first ?? null),
      halfOfViewsAt: timestampOrNull(times?.half ?? null),
      lastViewAt: timestampOrNull(times?.last ?? null),
      overTime: barsOf('hour', spans, hours(quarters.filter(isShown))),
      outside: totalOf(hours(quarters.filter((sum) => !isShown(sum)))),
      notes: await this.parts.notes.of({ organizationId: status.organizationId, sessionId }),
    };
  }

  /** Of one account, which the caller has to be allowed to see. Throws `validation_error` for a time that makes no sense. */
  async ofSession(sessionId: string, query: AnalyticsQuery): Promise<SessionAnalytics> {
    return { sessionId, ...(await this.ofPeriod({ organizationId: null, sessionId }, query)) };
  }

  /** Of all accounts that the principal may see, together and each. Throws as {@link ofSession} does. */
  async ofAll({ organizationId, sessionId }: Principal, query: AllAnalyticsQuery): Promise<Analytics> {
    const { sessionIds } = query;
    const accounts = { organizationId, sessionId, sessionIds };
    if (sessionIds) await this.requireAccounts(accounts, sessionIds);
    const period = periodOf(query, this.now());
    const compared = await this.parts.store.accounts(postsOf(accounts, query), period, maxComparedAccounts);
    return {
      ...(await this.ofPeriod(accounts, query)),
      accounts: compared.map(({ sessionId: id, sessionName, ...sums }) => ({
        sessionId: id,
        sessionName,
        ...reachedBy(sums),
      })),
    };
  }

  private async requireAccounts(accounts: Accounts, sessionIds: readonly string[]): Promise<void> {
    const known = new Set(await this.parts.store.listAccounts(accounts));
    const missing = sessionIds.find((id) => !known.has(id));
    if (missing !== undefined) throw notFound(`The session ${missing}`);
  }

  private async ofPeriod(accounts: Accounts, query: AnalyticsQuery): Promise<Omit<SessionAnalytics, 'sessionId'>> {
    const { store } = this.parts;
    const period = periodOf(query, this.now());
    const { spans, previous, timeZone } = period;
    const posts = postsOf(accounts, query);
    const hours = await store.hours(posts, spans);
    const before = await store.hours(posts, spansOf(timeZone, previous));
    return {
      ...edgesOf(period),
      timeZone,
      ...reachedBy(await store.sums(posts, period)),
      activity: totalOf(hours),
      people: isNarrowed(query) ? null : { viewed: await store.people(accounts, period) },
      overTime: barsOf(period.unit, spans, hours),
      bestTimes: bestTimesOf(spans, hours),
      previous: {
        ...edgesOf(previous),
        ...reachedBy(await store.sums(posts, previous)),
        activity: totalOf(before),
      },
      notes: await this.parts.notes.of(accounts),
    };
  }

  /** From the hour in which it began to leave: a day at least, as long as that is not to come, and what follows with activity. */
  private hoursShownOf({ startedAt, sentAt, createdAt }: StatusRecord, quarters: readonly QuarterActivity[]): Stretch {
    const from = quarterOf(startedAt ?? sentAt ?? createdAt);
    const until = Math.min(from + quartersPerDay, quarterOf(this.now()) + 1);
    const last = quarters.at(-1)?.quarter ?? from;
    const to = Math.min(Math.max(from, until - 1, last) + 1, from + maxHoursOfStatus * quartersPerHour);
    return { from, to };
  }

  private now(): number {
    return this.parts.clock.now().getTime();
  }
}
