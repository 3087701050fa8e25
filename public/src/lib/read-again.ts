import type { QueryKey } from '@tanstack/react-query';
import { queryClient } from './query-client.js';

const delayMs = 400;
const timers = new Map<string, number>();

/**
 * Reads again what is being read while a live event changes it: the answer under way may have been made before the
 * event, and would undo it. Waits for that answer, so that a stream of events cannot starve the reading.
 */
export function readAgainIfReading(queryKey: QueryKey): void {
  for (const query of queryClient.getQueryCache().findAll({ queryKey })) {
    if (query.state.fetchStatus === 'fetching') schedule(query.queryHash, query.queryKey);
  }
}

function schedule(hash: string, queryKey: QueryKey): void {
  if (timers.has(hash)) return;
  const timer = window.setTimeout(() => {
    timers.delete(hash);
    if (queryClient.getQueryState(queryKey)?.fetchStatus === 'fetching') schedule(hash, queryKey);
    else void queryClient.invalidateQueries({ queryKey, exact: true });
  }, delayMs);
  timers.set(hash, timer);
}

const restMs = 2_000;
const resting = new Map<string, { isAsked: boolean }>();

/** Reads again what a live event makes out of date, at once and then every other second at most: events come by the dozen. */
export function readAgainSoon(queryKey: QueryKey): void {
  const name = JSON.stringify(queryKey);
  const rest = resting.get(name);
  if (rest) {
    rest.isAsked = true;
    return;
  }
  void queryClient.invalidateQueries({ queryKey });
  const begun = { isAsked: false };
  resting.set(name, begun);
  window.setTimeout(() => {
    resting.delete(name);
    if (begun.isAsked) readAgainSoon(queryKey);
  }, restMs);
}
