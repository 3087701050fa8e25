import { useDebouncedValue } from '@mantine/hooks';
import { useQueries } from '@tanstack/react-query';
import type { AudiencePreview } from '../../../../server/contract/audiences.js';
import type { AudienceInput } from '../../draft/audience-choice.js';
import { audiencePreviewQuery } from '../../draft/reach-query.js';

export interface Reach {
  /** The previews belong to this choice, not to one of a moment ago. */
  isCurrent: boolean;
  error: Error | null;
  /** One per account, in the order of the accounts; empty until all have answered. */
  previews: { sessionId: string; preview: AudiencePreview }[];
  /** Sums over the accounts: who knows two of them counts twice, as they get it twice. */
  people: number;
  leftOut: number;
  retry: () => void;
}

const askDelayMs = 350;

/** Who would get a post of these accounts, asked as the choice changes. */
export function useReach(sessionIds: readonly string[], audience: AudienceInput | null): Reach {
  const [asked] = useDebouncedValue(audience, askDelayMs);
  const wanted = asked?.kind === 'self' ? null : asked;
  const queries = useQueries({
    queries: sessionIds.map((sessionId) => audiencePreviewQuery(sessionId, wanted)),
  });
  const known = sessionIds.flatMap((sessionId, index) => {
    const preview = queries[index]?.data;
    return preview === undefined ? [] : [{ sessionId, preview }];
  });
  const isComplete = known.length === sessionIds.length && known.length > 0;
  return {
    isCurrent: asked === audience && isComplete,
    error: queries.find((query) => query.isError)?.error ?? null,
    previews: isComplete ? known : [],
    people: isComplete ? known.reduce((sum, { preview }) => sum + preview.counts.included, 0) : 0,
    leftOut: isComplete ? known.reduce((sum, { preview }) => sum + preview.counts.excluded, 0) : 0,
    retry: () => {
      for (const query of queries) if (query.isError) void query.refetch();
    },
  };
}
