import { organizationOf } from '../access/principal.js';
import { linkPreviewAnswerSchema, linkPreviewBodySchema } from '../contract/links.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { LinkPreviews } from './link-previews.js';
import { publicPreview } from './public-preview.js';

const asMedia = {
  image: 'The address leads to a picture, which is posted itself.',
  video: 'The address leads to a video, which is posted itself.',
};

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
        'private network, has no preview; the link can be posted all the same. The address of a picture or a video posts that.',
      access: { capability: 'send', on: 'visible' },
      body: linkPreviewBodySchema,
      response: { status: 200, data: linkPreviewAnswerSchema },
      errors: ['unavailable'],
      handler: async ({ body: { url }, principal }) => {
        const outcome = await previews.read(url, organizationOf(principal));
        if (outcome.result === 'busy') throw outcome.failure;
        if (outcome.result === 'preview') return { url, preview: publicPreview(outcome.preview), reason: null };
        return { url, preview: null, reason: outcome.result === 'media' ? asMedia[outcome.kind] : outcome.message };
      },
    }),
  ];
}
