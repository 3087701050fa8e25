import { queryOptions } from '@tanstack/react-query';
import { audiencePreviewSchema } from '../../../server/contract/audiences.js';
import { requestOne } from '../lib/api-client.js';
import type { AudienceInput } from './audience-choice.js';
import { sessionPath } from '../lib/paths.js';

/** Views come in all the time; a count that is a quarter of a minute old is still true enough. */
const previewFreshMs = 15_000;

export const audiencePreviewKey = ['audience-preview'] as const;

/** Keys are written out on every render, which tens of thousands of numbers would make slow. */
const mostNumbersInKey = 200;
const longLists = new WeakMap<object, number>();
let longListsSeen = 0;

function keyOf(audience: AudienceInput | null): unknown {
  if (audience?.kind !== 'numbers' || audience.numbers.length <= mostNumbersInKey) return audience;
  const known = longLists.get(audience);
  if (known !== undefined) return known;
  longListsSeen += 1;
  longLists.set(audience, longListsSeen);
  return longListsSeen;
}

/** Who would get a post of this account, who not and why. */
export function audiencePreviewQuery(sessionId: string, audience: AudienceInput | null) {
  return queryOptions({
    queryKey: [...audiencePreviewKey, sessionId, keyOf(audience)],
    queryFn: ({ signal }) =>
      requestOne(audiencePreviewSchema, `${sessionPath(sessionId)}/audience-preview`, {
        method: 'POST',
        body: { audience },
        signal,
      }),
    enabled: audience !== null,
    staleTime: previewFreshMs,
    gcTime: 60_000,
  });
}
