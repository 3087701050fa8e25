import type { LinkPreview } from '../contract/links.js';
import type { PagePreview } from './link-previews.js';

/** The preview as it leaves the process. */
export function publicPreview({ title, description, thumbnail }: PagePreview): LinkPreview {
  return { title, description, thumbnail: thumbnail && `data:image/jpeg;base64,${thumbnail.toString('base64')}` };
}
