import {
  type AnalyticsQuery,
  defaultAnalyticsDays,
  maxAnalyticsDays,
  maxDaysByHour,
  type OverTime,
} from '../contract/analytics/analytics.js';
import { momentOfEdge } from '../contract/values/edges.js';
import { instantOf, localTimeAt, wallMs } from '../contract/values/local-time.js';
import { validationError } from '../lib/app-error.js';
import { timestamp } from '../lib/timestamp.js';
import { quarterMs, quarterOf } from './activity.js';
import { type ClockSpan, clockSpans, quartersPerDay } from './wall-clock.js';

/** A stretch of time in quarters of an hour: from one on, and before another. */
export interface Stretch {
  from: number;
  to: number;
}

export interface Period extends Stretch {
  timeZone: string;
  spans: ClockSpan[];
  unit: OverTime['unit'];
  /** Just as long on the wall, just before or from where it was asked for. */
  previous: Stretch;
}

const [earliest, latest] = [Date.UTC(2010, 0, 1), Date.UTC(2200, 0, 1)] as const;
const dayMs = 24 * 60 * 60_000;
/** Days are counted on the wall, where clocks change. */
const clockChanges = quartersPerDay / 8;

/** What a question is about. Throws `validation_error` for a time that makes no sense, is too long, or cannot be told by quarters. */
export function periodOf(query: AnalyticsQuery, now: number): Period {
  const { timeZone } = query;
  const to = query.to === undefined ? now : edgeOf('to', query.to, timeZone);
  const from = query.from === undefined ? defaultFrom(query, to) : edgeOf('from', query.from, timeZone);
  if (to <= from) {
    if (query.to === undefined) throw validationError('from', 'Give a time before now, or `to` as well.');
    throw validationError('to', 'Give a time after `from`.');
  }
  const stretch = { from: quarterOf(from), to: Math.ceil(to / quarterMs) };
  if (stretch.to - stretch.from > maxAnalyticsDays * quartersPerDay + clockChanges) {
    throw validationError('to', `An answer covers at most ${String(maxAnalyticsDays)} days. Ask for less at once.`);
  }
  const spans = spansOf(timeZone, stretch);
  const unit = stretch.to - stretch.from <= maxDaysByHour * quartersPerDay + clockChanges ? 'hour' : 'day';
  const { compareFrom } = query;
  const previous =
    compareFrom === undefined
      ? { from: previousFrom(stretch, timeZone), to: stretch.from }
      : asLongFrom(edgeOf('compareFrom', compareFrom, timeZone), stretch, timeZone);
  return { ...stretch, timeZone, spans, unit, previous };
}

function edgeOf(field: 'from' | 'to' | 'compareFrom', edge: string, timeZone: string): number {
  const at = momentOfEdge(edge, timeZone);
  if (at >= earliest && at < latest) return at;
  throw validationError(field, 'WhatsApp is younger than that, or this is far away. Give a time from 2010 to 2199.');
}

/** Throws `validation_error` for a clock that does not go by quarters of an hour. */
export function spansOf(timeZone: string, { from, to }: Stretch): ClockSpan[] {
  const spans = clockSpans(timeZone, from, to);
  if (spans) return spans;
  throw validationError(
    'timeZone',
    'What people did is kept by the quarter of an hour. Give a time zone whose clock is ahead of UTC, or behind it, by whole quarters.',
  );
}

/** The beginning of the day, so many days ago, the last one included. */
function defaultFrom({ broadcastId, seriesId, scheduleId, templateId, timeZone }: AnalyticsQuery, to: number): number {
  const isOfOne = [broadcastId, seriesId, scheduleId, templateId].some((id) => id !== undefined);
  const days = isOfOne ? maxAnalyticsDays : defaultAnalyticsDays;
  const firstDay = new Date(wallMs(localTimeAt(to - 1, timeZone)) - (days - 1) * dayMs).toISOString().slice(0, 10);
  return instantOf(`${firstDay}T00:00`, timeZone);
}

/** As many days as the other from this moment on. */
function asLongFrom(begin: number, stretch: Stretch, timeZone: string): Stretch {
  const wall = (at: number): number => wallMs(localTimeAt(at, timeZone));
  const from = quarterOf(begin);
  const length = wall(stretch.to * quarterMs) - wall(stretch.from * quarterMs);
  const end = new Date(wall(from * quarterMs) + length).toISOString().slice(0, 19);
  return { from, to: Math.max(from + 1, quarterOf(instantOf(end, timeZone))) };
}

/** So that as many days are compared, also where clocks change. */
function previousFrom({ from, to }: Stretch, timeZone: string): number {
  const [wallFrom, wallTo] = [from, to].map((quarter) => wallMs(localTimeAt(quarter * quarterMs, timeZone)));
  if (wallFrom === undefined || wallTo === undefined) return from;
  const local = new Date(2 * wallFrom - wallTo).toISOString().slice(0, 19);
  return Math.min(from - 1, quarterOf(instantOf(local, timeZone)));
}

export function edgesOf({ from, to }: Stretch): { from: string; to: string } {
  return { from: timestamp(from * quarterMs), to: timestamp(to * quarterMs) };
}
