import { useDebouncedValue } from '@mantine/hooks';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { linkPreviewAnswerSchema, linkSchema } from '../../../../server/contract/links.js';
import { requestOne } from '../../lib/api-client.js';

const typingPauseMs = 600;

/** What WhatsApp will show of a page; the server reads it. */
function linkPreviewQuery(url: string) {
  return queryOptions({
    queryKey: ['link-preview', url],
    queryFn: ({ signal }) =>
      requestOne(linkPreviewAnswerSchema, '/link-preview', { method: 'POST', body: { url }, signal }),
    enabled: url !== '',
  });
}

/** What the server finds behind a link, asked for once typing pauses on a whole address. */
export function useLinkPreview(typed: string) {
  const [link] = useDebouncedValue(typed, typingPauseMs);
  const address = linkSchema.safeParse(link);
  return useQuery(linkPreviewQuery(address.success && link === typed ? address.data : ''));
}
