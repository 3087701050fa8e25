import type { Principal } from '../access/principal.js';
import {
  type Analytics,
  type AnalyticsNote,
  type AnalyticsQuery,
  maxComparedAccounts,
  maxHoursOfStatus,
  type SessionAnalytics,
  type StatusAnalytics,
  type StatusAnalyticsQuery,
} from '../contract/analytics.js';
import type { Clock } from '../lib/clock.js';
import { timestamp, timestampOrNull } from '../lib/timestamp.js';
import type { StatusRecord } from '../statuses/status.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import { quarterMs, quarterOf } from './activity.js';
import type { AnalyticsReportStore, Posts, QuarterActivity } from './analytics-report-store.js';
import { bestTimesOf } from './best-times.js';
import { ratesOf, reachedBy } from './funnel.js';
import { barsOf, type HourSums, totalOf } from './over-time.js';
import { periodOf, spansOf, type Stretch } from './period.js';
import { quartersPerDay, quartersPerHour, wallQuarter } from './wall-clock.js';

type Reach = Pick<Posts, 'organizationId' | 'sessionId'>;

export interface AnalyticsServiceParts {
  store: AnalyticsReportStore;
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
      notes: await this.notesFor({ organizationId: status.organizationId, sessionId }),
    };
  }

  /** Of one account, which the caller has to be allowed to see. Throws `validation_error` for a time that makes no sense. */
  async ofSession(sessionId: string, query: AnalyticsQuery): Promise<SessionAnalytics> {
    return { sessionId, ...(await this.ofPeriod({ organizationId: null, sessionId }, query)) };
  }

  /** Of all accounts that the principal may see, together and each. Throws as {@link ofSession} does. */
  async ofAll({ organizationId, sessionId }: Principal, query: AnalyticsQuery): Promise<Analytics> {
    const reach = { organizationId, sessionId };
    const period = periodOf(query, this.now());
    const accounts = await this.parts.store.accounts(postsOf(reach, query), period, maxComparedAccounts);
    return {
      ...(await this.ofPeriod(reach, query)),
      accounts: accounts.map(({ sessionId: id, sessionName, ...sums }) => ({
        sessionId: id,
        sessionName,
        ...reachedBy(sums),
      })),
    };
  }

  private async ofPeriod(reach: Reach, query: AnalyticsQuery): Promise<Omit<SessionAnalytics, 'sessionId'>> {
    const { store } = this.parts;
    const period = periodOf(query, this.now());
    const { spans, previous, timeZone } = period;
    const posts = postsOf(reach, query);
    const hours = await store.hours(posts, spans);
    const before = await store.hours(posts, spansOf(timeZone, previous));
    return {
      ...edges(period),
      timeZone,
      ...reachedBy(await store.sums(posts, period)),
      activity: totalOf(hours),
      people: isNarrowed(query) ? null : { viewed: await store.people(reach, period) },
      overTime: barsOf(period.unit, spans, hours),
      bestTimes: bestTimesOf(spans, hours),
      previous: {
        ...edges(previous),
        ...reachedBy(await store.sums(posts, previous)),
        activity: totalOf(before),
      },
      notes: await this.notesFor(reach),
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

  private async notesFor(reach: Reach): Promise<AnalyticsNote[]> {
    const { hidingAccounts, uncounted } = await this.parts.store.troubles(reach);
    const notes: AnalyticsNote[] = [
      {
        code: 'lower_bound',
        message:
          'People who hide read receipts are never known to have viewed, unless they react or answer. Views, and every share of them, are at least so many.',
      },
    ];
    if (hidingAccounts > 0) {
      const who = reach.sessionId === null ? `${String(hidingAccounts)} of these accounts` : 'The account itself';
      notes.push({
        code: 'read_receipts_off',
        message: `${who} ${reach.sessionId === null && hidingAccounts > 1 ? 'hide' : 'hides'} read receipts, and WhatsApp tells no views then. Switch them on in the phone’s privacy settings.`,
      });
    }
    if (uncounted) {
      notes.push({
        code: 'still_counting',
        message:
          'What people did with older posts is being added up. Until then some of it is missing in hours and days; sums of posts have it.',
      });
    }
    return notes;
  }

  private now(): number {
    return this.parts.clock.now().getTime();
  }
}

function postsOf(reach: Reach, { type, broadcastId, seriesId, scheduleId }: AnalyticsQuery): Posts {
  return { ...reach, type, broadcastId, seriesId, scheduleId };
}

function isNarrowed({ type, broadcastId, seriesId, scheduleId }: AnalyticsQuery): boolean {
  return [type, broadcastId, seriesId, scheduleId].some((given) => given !== undefined);
}

function edges({ from, to }: Stretch): { from: string; to: string } {
  return { from: timestamp(from * quarterMs), to: timestamp(to * quarterMs) };
}
