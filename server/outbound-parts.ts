import type { Config } from './config.js';
import type { Route } from './http/define-route.js';
import type { Lifecycle } from './lib/lifecycle.js';
import { LinkPreviews, type MakeThumbnail } from './links/link-previews.js';
import { linksRoutes } from './links/links-routes.js';
import { OutboundFetcher } from './outbound/outbound-fetcher.js';

/** The one way to addresses that people give us, and what is made of the pages there. */
export function createOutboundParts(
  config: Pick<Config, 'outboundAllowPrivate'>,
  lifecycle: Lifecycle,
  makeThumbnail: MakeThumbnail,
) {
  const outbound = new OutboundFetcher({
    allowPrivate: config.outboundAllowPrivate,
    userAgent: 'Mozilla/5.0 (compatible; Statuscast)',
  });
  lifecycle.add({
    name: 'fetches from outside',
    stop: () => {
      outbound.stop();
    },
  });
  const linkPreviews = new LinkPreviews(outbound, makeThumbnail);
  const routes: Route[] = linksRoutes(linkPreviews);
  return { outbound, linkPreviews, routes };
}
