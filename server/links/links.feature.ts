import type { Core } from '../core.js';
import type { Route } from '../http/define-route.js';
import { OutboundFetcher } from '../outbound/outbound-fetcher.js';
import { LinkPreviews, type MakeThumbnail } from './link-previews.js';
import { linksRoutes } from './links-routes.js';

/** The one way to addresses that people give us, and what is made of the pages there. */
export function linksFeature(
  { config, lifecycle }: Pick<Core, 'lifecycle'> & { config: Pick<Core['config'], 'outboundAllowPrivate'> },
  makeThumbnail: MakeThumbnail,
): { outbound: OutboundFetcher; linkPreviews: LinkPreviews; routes: Route[] } {
  const outbound = new OutboundFetcher({
    allowPrivate: config.outboundAllowPrivate,
    userAgent: 'Mozilla/5.0 (compatible; Statuscast)',
  });
  lifecycle.add({ name: 'fetches from outside', stop: () => outbound.stop() });
  const linkPreviews = new LinkPreviews(outbound, makeThumbnail);
  return { outbound, linkPreviews, routes: linksRoutes(linkPreviews) };
}
