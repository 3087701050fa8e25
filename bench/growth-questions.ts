import { setTimeout as wait } from 'node:timers/promises';
import { quarterOf } from '../server/analytics/activity.js';
import { AnalyticsReportStore } from '../server/analytics/analytics-report-store.js';
import { spansOf } from '../server/analytics/period.js';
import { ReachReportStore } from '../server/analytics/reach-report-store.js';
import { ViewingPeopleReportStore } from '../server/analytics/viewing-people-report-store.js';
import { SegmentsReportStore } from '../server/audiences/segments-report-store.js';
import type { Database } from '../server/db/database.js';
import { StatsReportStore } from '../server/monitoring/stats-report-store.js';
import { DueReportStore } from '../server/scheduling/due-report-store.js';
import { StatusesStore } from '../server/statuses/statuses-store.js';
import { ViewersReportStore } from '../server/viewers/viewers-report-store.js';
import { firstAccount, sampleTag, type Grown } from './growth-data.js';

type Question = readonly [name: string, ask: (on: Database) => Promise<unknown>];

const dayMs = 24 * 60 * 60_000;
const monthMs = 30 * dayMs;
const yearMs = 365 * dayMs;
const everybody = { organizationId: 'default', sessionId: null };

/** What runs by itself again and again, and the reads whose plans decide; asked of the database itself. */
export function growthQuestions({ newestStatusId }: Grown): Question[] {
  const now = Date.now();
  const latestFirst = { only: 'viewed', sort: 'viewedAt', order: 'desc' } as const;
  const viewersPage = { ...latestFirst, limit: 51, asOf: now, after: undefined };
  return [
    ['runner: sessions with work', (on) => new StatusesStore(on).sessionsWithWork()],
    ['runner: organizations with something due', (on) => new DueReportStore(on).listOrganizations(now)],
    [
      'store: segment, viewed within 30 days',
      (on) => new SegmentsReportStore(on).whoDid(firstAccount, 'viewed', { since: now - monthMs }),
    ],
    [
      'store: segment, got something and viewed nothing',
      (on) => new SegmentsReportStore(on).postedTo(firstAccount, true),
    ],
    ['store: totals', (on) => new StatsReportStore(on).totals(everybody, new Date(now))],
    ['store: first page of viewers', (on) => new ViewersReportStore(on).list(newestStatusId, viewersPage)],
    ['store: how many viewers', (on) => new ViewersReportStore(on).count(newestStatusId, viewersPage)],
  ];
}

/** What analytics read, once the server has summed up what was there: the plans of these decide. */
export function analyticsQuestions({ newestStatusId }: Grown): Question[] {
  const account = { organizationId: 'default', sessionId: firstAccount };
  const year = { from: quarterOf(Date.now() - yearMs), to: quarterOf(Date.now()) };
  const hours = spansOf('Asia/Kolkata', year);
  const lostPage = { kind: 'lost', limit: 51, after: undefined } as const;
  return [
    ['store: a year of an account by the hour', (on) => new AnalyticsReportStore(on).hours(account, hours)],
    ['store: a year of all accounts by the hour', (on) => new AnalyticsReportStore(on).hours(everybody, hours)],
    ['store: what became of the posts of a year', (on) => new AnalyticsReportStore(on).sums(account, year)],
    ['store: who viewed something in a year', (on) => new AnalyticsReportStore(on).people(account, year)],
    ['store: one status by the quarter', (on) => new AnalyticsReportStore(on).quarters(newestStatusId)],
    ['store: first, middle and last view', (on) => new AnalyticsReportStore(on).viewTimes(newestStatusId)],
    ['store: reach by list and segment in a year', (on) => new ReachReportStore(on).byAudience(account, year, 50)],
    [
      'store: lost people',
      async (on) => {
        const people = new ViewingPeopleReportStore(on);
        const postIds = await people.lastPosts(firstAccount, 5);
        return people.list(firstAccount, { ...lostPage, postIds });
      },
    ],
  ];
}

type Call = (
  method: string,
  route: string,
  body?: unknown,
) => Promise<{ data: unknown; meta?: { nextCursor: string | null } }>;
/** Prepares what it needs, and gives what is measured. */
type Request = (call: Call) => Promise<() => Promise<unknown>>;

const deepPage = 100;
const pollIntervalMs = 1_000;

/** What people ask for, over HTTP. */
export function growthRequests({ newestStatusId }: Grown): (readonly [name: string, request: Request])[] {
  const session = `/sessions/${firstAccount}`;
  const viewers = `${session}/statuses/${newestStatusId}/viewers?limit=100`;
  const plain =
    (method: string, route: string, body?: unknown): Request =>
    (call) =>
      Promise.resolve(() => call(method, route, body));
  const preview = (audience: unknown): Request => plain('POST', `${session}/audience-preview`, { audience });
  const segment = (of: unknown): Request => preview({ kind: 'segment', segment: of });
  const yearAgo = new Date(Date.now() - yearMs).toISOString();
  const [from, to] = [Date.now() - monthMs, Date.now() + monthMs].map((at) => new Date(at).toISOString());
  return [
    ['preview, all 50,000 contacts', preview({ kind: 'contacts' })],
    ['preview, viewed within 30 days', segment({ type: 'viewed', days: 30 })],
    ['preview, got something and viewed nothing', segment({ type: 'never_viewed' })],
    ['preview, a tag of 20,000', segment({ type: 'tagged', tag: sampleTag })],
    ['stats', plain('GET', '/stats')],
    ['viewers, first page', plain('GET', viewers)],
    ['viewers, part of a name', plain('GET', `${viewers}&search=contact%20123`)],
    [
      `viewers, page ${String(deepPage)}`,
      async (call) => {
        let cursor = '';
        for (let page = 1; page < deepPage; page += 1) {
          const { meta } = await call('GET', `${viewers}${cursor}`);
          cursor = `&cursor=${meta?.nextCursor ?? ''}`;
        }
        return () => call('GET', `${viewers}${cursor}`);
      },
    ],
    ['analytics, a year of an account', analytics(`${session}/analytics?from=${yearAgo}&timeZone=Asia/Kolkata`)],
    ['analytics, a year of all accounts', analytics(`/analytics?from=${yearAgo}&timeZone=America/New_York`)],
    ['reach, a year of an account', analytics(`${session}/analytics/reach?from=${yearAgo}&by=list`)],
    ['analytics, one status', analytics(`${session}/statuses/${newestStatusId}/analytics?timeZone=Europe/Berlin`)],
    ...['loyal', 'new', 'lost'].map(
      (kind) => [`people, ${kind}`, plain('GET', `${session}/analytics/people?kind=${kind}`)] as const,
    ),
    ['contacts, part of a name', plain('GET', `${session}/contacts?search=contact%20123`)],
    ['statuses, newest of all accounts', plain('GET', '/statuses')],
    ['calendar, two months', plain('GET', `/calendar?from=${from ?? ''}&to=${to ?? ''}`)],
  ];
}

function analytics(route: string): Request {
  return async (call) => {
    await untilSummedUp((method, asked) => call(method, asked), route);
    return () => call('GET', route);
  };
}

/** Resolves when the server has summed up the views that it found at its start, as the answers of a route of analytics say. */
export async function untilSummedUp(
  call: (method: 'GET', route: string) => Promise<{ data: unknown }>,
  route = '/analytics',
): Promise<void> {
  const isCounting = async (): Promise<boolean> => {
    const { notes } = (await call('GET', route)).data as { notes: { code: string }[] };
    return notes.some(({ code }) => code === 'still_counting');
  };
  while (await isCounting()) await wait(pollIntervalMs);
}
