import type { Config } from './config.js';
import type { Lifecycle } from './lib/lifecycle.js';
import { OutboundFetcher } from './outbound/outbound-fetcher.js';

/** The one way to addresses that people give us. */
export function createOutbound(config: Pick<Config, 'outboundAllowPrivate'>, lifecycle: Lifecycle): OutboundFetcher {
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
  return outbound;
}
