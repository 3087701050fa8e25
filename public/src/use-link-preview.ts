import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { linkSchema } from '../../server/contract/links.js';
import { linkPreviewQuery } from './queries.js';

const typingPauseMs = 600;

/** What the server finds behind a link, asked for once typing pauses on a whole address. */
export function useLinkPreview(typed: string) {
  const [link] = useDebouncedValue(typed, typingPauseMs);
  const address = linkSchema.safeParse(link);
  return useQuery(linkPreviewQuery(address.success && link === typed ? address.data : ''));
}
