import type { Series, SeriesState } from '../contract/planning/series.js';
import type { StatusCounts, StatusState } from '../contract/statuses.js';
import { timestampOrNull } from '../lib/timestamp.js';
import { publicStatus, type StatusRecord } from '../statuses/status.js';

/** A series from its statuses, in their order. */
export function publicSeries(records: readonly [StatusRecord, ...StatusRecord[]]): Series {
  const [{ id, sessionId, scheduledAt, plan }] = records;
  const counts: StatusCounts = { targeted: 0, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0 };
  const states: Partial<Record<StatusState, number>> = {};
  for (const record of records) {
    states[record.state] = (states[record.state] ?? 0) + 1;
    for (const [name, count] of Object.entries(record.counts)) counts[name as keyof StatusCounts] += count;
  }
  return {
    id: plan.series?.id ?? id,
    sessionId,
    state: stateOf(records.map(({ state }) => state)),
    states: { ...states },
    counts,
    scheduledAt: timestampOrNull(scheduledAt),
    statuses: records.map(publicStatus),
  };
}

function stateOf(states: readonly StatusState[]): SeriesState {
  if (states.includes('failed')) return 'failed';
  const toCome = states.filter((state) => state === 'scheduled' || state === 'queued' || state === 'sending');
  const isBegun = states.some((state) => state === 'sent' || state === 'expired' || state === 'sending');
  if (toCome.length === 0) return isBegun ? 'sent' : 'canceled';
  if (isBegun) return 'sending';
  return toCome[0] === 'scheduled' ? 'scheduled' : 'queued';
}
