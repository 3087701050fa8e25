import type { SendStatusBody } from '../contract/statuses.js';

/** The name of the upload that a post shows; undefined where it shows none, or a file from the web. */
export function namedUpload({ type, content }: SendStatusBody): string | undefined {
  const isMedia = type === 'image' || type === 'video' || type === 'audio';
  return isMedia && !/^https?:/i.test(content) ? content : undefined;
}
