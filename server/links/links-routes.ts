import { linkPreviewAnswerSchema, linkPreviewBodySchema } from '../contract/links.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { LinkPreviews } from './link-previews.js';
import { publicPreview } from './public-preview.js';

/** What a link will look like, before it is posted. */
export function linksRoutes(previews: LinkPreviews): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/link-preview',
      tag: 'Statuses',
      summary: 'See the preview that a link will have',
      description:
        'Reads the page behind a link as it is done when the link is posted. A page that cannot be read, or lies in a ' +
        'private network, has no preview; the link can be posted all the same.',
      access: { capability: 'send', on: 'visible' },
      body: linkPreviewBodySchema,
      response: { status: 200, data: linkPreviewAnswerSchema },
      handler: async ({ body: { url } }) => {
        const outcome = await previews.read(url);
        return outcome.result === 'preview'
          ? { url, preview: publicPreview(outcome.preview), reason: null }
          : { url, preview: null, reason: outcome.message };
      },
    }),
  ];
}
