import { uploadFilenameSchema } from '../contract/ids.js';
import type { StatusType } from '../contract/statuses.js';

/** What a post shows, as far as it is written. */
export interface Showing {
  type?: StatusType | undefined;
  content?: string | undefined;
}

/** The name of the upload that a post shows; undefined where it shows none, or a file from the web. */
export function namedUpload({ type, content }: Showing): string | undefined {
  const isMedia = type === 'image' || type === 'video' || type === 'audio';
  return isMedia && uploadFilenameSchema.safeParse(content).success ? content : undefined;
}
