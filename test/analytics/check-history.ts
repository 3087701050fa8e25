import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { AnalyticsQuery, SessionAnalytics } from '../../server/contract/analytics/analytics.js';
import { type ReachAnalytics, reachGroupings } from '../../server/contract/analytics/reach-analytics.js';
import { type Act, actsOf, type History, kinds, onWall, recount } from './history.js';
import type { AnalyticsUnderTest } from './open-analytics.js';

const minuteMs = 60_000;
const quarterMs = 15 * minuteMs;
const dayMs = 96 * quarterMs;

type Question = Pick<AnalyticsQuery, 'timeZone' | 'type'> & { from: number; to: number };

/** Asks for the analytics of an account and of its posts, and compares every number with the slow recount. */
export async function checkAll(
  under: AnalyticsUnderTest,
  sessionId: string,
  history: History,
  question: Question,
): Promise<void> {
  const { timeZone, type } = question;
  const [from, to] = [question.from, question.to].map((at) => new Date(at).toISOString());
  const answer = await under.analytics.ofSession(sessionId, { from, to, timeZone, type, format: 'json' });
  checkPeriod(answer, history, question);
  for (const by of reachGroupings) {
    const wish = { from, to, timeZone, type, by, format: 'json' as const };
    checkReach(await under.reach.ofPosts(rootPrincipal, sessionId, wish), history, question);
  }
  for (const { id, sentAt } of history.statuses) {
    if (history.steps.some((step) => step.what === 'deleted' && step.status === id)) continue;
    const ofOne = await under.analytics.ofStatus(sessionId, id, { timeZone, format: 'json' });
    const did = recount(history).filter(({ status }) => status === id);
    const views = did.flatMap(({ viewedAt }) => viewedAt ?? []).sort((one, other) => one - other);
    const ends = [views[0], views[Math.ceil(views.length / 2) - 1], views.at(-1)];
    assert.deepEqual([ofOne.firstViewAt, ofOne.halfOfViewsAt, ofOne.lastViewAt], ends.map(textOrNull));
    const acts = actsOf(history).filter(({ status }) => status === id);
    assert.deepEqual(ofOne.funnel, { ...sumsOf(acts), targeted: targetedOf(history, [id]) });
    const [first, last] = [ofOne.overTime.bars[0], ofOne.overTime.bars.at(-1)];
    assert.equal(first?.from, new Date(Math.floor(sentAt / quarterMs) * quarterMs).toISOString());
    checkBars(ofOne, acts, { from: Date.parse(first.from), to: Date.parse(last?.to ?? ''), timeZone });
    const shown = sumsOf(acts, { from: Date.parse(first.from), to: Date.parse(last?.to ?? '') });
    const all = sumsOf(acts);
    assert.deepEqual(ofOne.outside, Object.fromEntries(kinds.map((kind) => [kind, all[kind] - shown[kind]])));
  }
}

function checkPeriod(answer: SessionAnalytics, history: History, { timeZone, type, from, to }: Question): void {
  const chosen = history.statuses.filter((status) => type === undefined || status.type === type);
  const did = recount(history).filter(({ status }) => chosen.some(({ id }) => id === status));
  const acts = actsOf(history).filter(({ status }) => chosen.some(({ id }) => id === status));
  checkBars(answer, acts, { from, to, timeZone });
  assert.deepEqual(answer.activity, sumsOf(acts, { from, to }));
  const looking = did.filter(({ viewedAt }) => viewedAt !== null && viewedAt >= from && viewedAt < to);
  const people = { viewed: new Set(looking.map(({ who }) => who)).size };
  // What is kept of each viewer stays when a post is deleted.
  if (!history.steps.some(({ what }) => what === 'deleted')) {
    assert.deepEqual(answer.people, type === undefined ? people : null);
  }

  const sent = sentIn(history, { type, from, to }).map(({ id }) => id);
  const sums = sumsOf(acts.filter(({ status }) => sent.includes(status)));
  assert.equal(answer.posts, sent.length);
  assert.deepEqual(answer.sums, { ...sums, targeted: targetedOf(history, sent) });

  const before = { from: Date.parse(answer.previous.from), to: Date.parse(answer.previous.to) };
  assert.equal(before.to, from);
  assert.equal(
    wallMinutes(from, timeZone) - wallMinutes(before.from, timeZone),
    wallMinutes(to, timeZone) - wallMinutes(from, timeZone),
  );
  assert.deepEqual(answer.previous.activity, sumsOf(acts, before));
  assert.equal(answer.previous.posts, sentIn(history, { type, ...before }).length);

  const hours = Array.from({ length: 24 }, () => 0);
  const days = new Set<string>();
  const weekdays = Array.from({ length: 7 }, () => 0);
  for (const { viewedAt } of did) {
    if (viewedAt === null || viewedAt < from || viewedAt >= to) continue;
    const { hour, weekday } = onWall(viewedAt, timeZone);
    hours[Number(hour.slice(11))] = (hours[Number(hour.slice(11))] ?? 0) + 1;
    weekdays[weekday - 1] = (weekdays[weekday - 1] ?? 0) + 1;
    days.add(hour.slice(0, 10));
  }
  assert.deepEqual(answer.bestTimes.hours, hours);
  assert.deepEqual(answer.bestTimes.known, { views: hours.reduce((sum, some) => sum + some, 0), days: days.size });
  const touched = new Set(quartersOf(from, to).map((at) => onWall(at, timeZone).hour.slice(0, 10)));
  const average = weekdays.map((sum, index) => {
    const such = [...touched].filter((day) => (new Date(day).getUTCDay() || 7) === index + 1).length;
    return such === 0 ? 0 : Math.round((sum / such) * 100) / 100;
  });
  assert.deepEqual(answer.bestTimes.weekdays, average);
}

/** Each status counts for every list and tag that it names, and for what it is. */
function checkReach(answer: ReachAnalytics, history: History, question: Question): void {
  const { by } = answer;
  const sent = sentIn(history, question);
  const keysOf = ({ named, type, templateId }: History['statuses'][number]): string[] => {
    if (by === 'type') return [type];
    if (by === 'template') return templateId === null ? [] : [templateId];
    return named[by];
  };
  const sumsFor = (chosen: History['statuses']) => {
    const ids = chosen.map(({ id }) => id);
    const sums = sumsOf(actsOf(history).filter(({ status }) => ids.includes(status)));
    return { posts: ids.length, sums: { ...sums, targeted: targetedOf(history, ids) } };
  };
  const keys = [...new Set(sent.flatMap(keysOf))];
  assert.deepEqual(
    Object.fromEntries(answer.groups.map(({ key, posts, sums }) => [key, { posts, sums }])),
    Object.fromEntries(keys.map((key) => [key, sumsFor(sent.filter((status) => keysOf(status).includes(key)))])),
  );
  const viewed = answer.groups.map(({ sums }) => sums.viewed);
  assert.deepEqual(
    viewed,
    viewed.toSorted((one, other) => other - one),
  );
  const { posts, sums } = answer.rest;
  assert.deepEqual({ posts, sums }, sumsFor(sent.filter((status) => keysOf(status).length === 0)));
}

/** Posts that are left, of that time. */
function sentIn({ statuses, steps }: History, { type, from, to }: Omit<Question, 'timeZone'>): History['statuses'] {
  return statuses.filter(
    (status) =>
      (type === undefined || status.type === type) &&
      status.sentAt >= from &&
      status.sentAt < to &&
      !steps.some((step) => step.what === 'deleted' && step.status === status.id),
  );
}

/** What people did with each status until so many hours after it was out, to the nearest quarter of an hour. */
export async function checkComparison(
  { comparison }: AnalyticsUnderTest,
  history: History,
  hours: number,
): Promise<void> {
  const left = sentIn(history, { type: undefined, from: -Infinity, to: Infinity });
  if (left.length < 2) return;
  const answer = await comparison.compare(rootPrincipal, { statusIds: left.map(({ id }) => id), hours });
  assert.equal(answer.ageMinutes, hours * 60);
  for (const [index, { id, sentAt }] of left.entries()) {
    const acts = actsOf(history).filter(({ status }) => status === id);
    const untilHour = (hour: number): Sums =>
      sumsOf(acts, { from: -Infinity, to: Math.round(sentAt / quarterMs) * quarterMs + hour * 4 * quarterMs });
    const post = answer.posts[index];
    assert.deepEqual(post?.funnel, { ...untilHour(hours), targeted: targetedOf(history, [id]) });
    assert.deepEqual(
      post.viewedByHour,
      Array.from({ length: hours }, (_, hour) => untilHour(hour + 1).viewed),
    );
  }
}

/** Every hour or day of that time is there, in order, also where nothing happened. */
function checkBars(
  { overTime }: Pick<SessionAnalytics, 'overTime'>,
  acts: readonly Act[],
  { from, to, timeZone }: { from: number; to: number; timeZone: string },
): void {
  const nameOf = (at: number): string => {
    const { hour } = onWall(at, timeZone);
    return overTime.unit === 'hour' ? `${hour}:00` : hour.slice(0, 10);
  };
  const expected = new Map<string, Sums & { from: number; to: number }>();
  for (const at of quartersOf(from, to)) {
    const bar = expected.get(nameOf(at)) ?? { ...sumsOf([]), from: at, to: at };
    expected.set(nameOf(at), { ...bar, to: at + quarterMs });
  }
  for (const { kind, at } of acts) {
    const bar = at < from || at >= to ? undefined : expected.get(nameOf(at));
    if (bar) bar[kind] += 1;
  }
  assert.deepEqual(
    overTime.bars,
    [...expected].map(([local, bar]) => ({
      ...bar,
      local,
      from: new Date(bar.from).toISOString(),
      to: new Date(bar.to).toISOString(),
    })),
  );
}

type Sums = Record<Act['kind'], number>;

function sumsOf(acts: readonly Act[], within = { from: -Infinity, to: Infinity }): Sums {
  const inTime = acts.filter(({ at }) => at >= within.from && at < within.to);
  return Object.fromEntries(kinds.map((kind) => [kind, inTime.filter((act) => act.kind === kind).length])) as Sums;
}

function targetedOf({ statuses }: History, ids: readonly string[]): number {
  return statuses.filter(({ id }) => ids.includes(id)).reduce((sum, { targeted }) => sum + targeted, 0);
}

function quartersOf(from: number, to: number): number[] {
  return Array.from({ length: (to - from) / quarterMs }, (_, index) => from + index * quarterMs);
}

function wallMinutes(at: number, timeZone: string): number {
  const { hour } = onWall(at, timeZone);
  const minute = new Intl.DateTimeFormat('en-GB', { timeZone, minute: '2-digit' }).format(at);
  return Date.parse(`${hour}:${minute.padStart(2, '0')}:00Z`) / minuteMs;
}

function textOrNull(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

/** A time about a moment, as long as it is random, from one day on by the day, below by the hour. */
export function questionAbout(middle: number, random: () => number): { from: number; to: number } {
  const [before, after] = [random(), random()].map((part) => Math.ceil(part * 4 * 96) * quarterMs);
  const at = Math.floor(middle / quarterMs) * quarterMs;
  return { from: at - (before ?? dayMs), to: at + (after ?? dayMs) };
}
