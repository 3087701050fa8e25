import type { UploadKind } from '../../../server/contract/media.js';
import type { Status, StatusType } from '../../../server/contract/statuses.js';
import { formatCountdown } from '../lib/format.js';

/** What of a post a reader sees; a draft has it, too. */
export type ShownPost = Pick<Status, 'type' | 'content' | 'caption' | 'style' | 'media' | 'preview'>;

export const typeNames: Record<StatusType, string> = {
  text: 'Text',
  image: 'Picture',
  video: 'Video',
  audio: 'Voice note',
  url: 'Link',
};

/** Whether a post of this type shows an uploaded file. */
export function isFileType(type: StatusType): type is UploadKind {
  return type === 'image' || type === 'video' || type === 'audio';
}

/** A post in a line: its words, or what it is where it has none. */
export function titleOf({ type, content, caption, media }: ShownPost): string {
  if (type === 'text') return content;
  if (caption !== null && caption !== '') return caption;
  if (type === 'url') return content;
  const durationMs = media?.durationMs ?? null;
  return durationMs === null ? typeNames[type] : `${typeNames[type]}, ${formatCountdown(durationMs)}`;
}
