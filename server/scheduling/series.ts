import type { Series, SeriesState } from '../contract/planning/series.js';
import type { StatusState } from '../contract/statuses.js';
import { timestampOrNull } from '../lib/timestamp.js';
import { publicStatus, sumOfCounts, type StatusRecord } from '../statuses/status.js';

/** A series from its statuses, in their order. */
export function publicSeries(records: readonly [StatusRecord, ...StatusRecord[]]): Series {
  const [{ id, sessionId, scheduledAt, plan }] = records;
  const states: Partial<Record<StatusState, number>> = {};
  for (const { state } of records) states[state] = (states[state] ?? 0) + 1;
  return {
    id: plan.series?.id ?? id,
    sessionId,
    state: stateOf(records.map(({ state }) => state)),
    states: { ...states },
    counts: sumOfCounts(records.map(({ counts }) => counts)),
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
