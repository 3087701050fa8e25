import { queryOptions } from '@tanstack/react-query';
import { requestBlob } from '../lib/api-client.js';

/** The bytes of an uploaded file or its thumbnail; they never change. */
export function mediaQuery(url: string | null) {
  return queryOptions({
    queryKey: ['media', url],
    queryFn: ({ signal }) => requestBlob(url ?? '', signal),
    enabled: url !== null,
    staleTime: Infinity,
  });
}
