import { z } from 'zod';
import { list, orInfinity, wholeNumber, type Values } from './kinds.js';

/** Who may ask, from where, how often and how much. */
export const httpSettings = {
  RATE_LIMIT_MAX: wholeNumber(1, 1_000_000)
    .default(300)
    .describe(
      'How many API requests one IP address may make in a window; those without a valid key are counted apart.',
    ),
  RATE_LIMIT_DASHBOARD_MAX: wholeNumber(1, 1_000_000)
    .default(5_000)
    .describe('The same for everybody who is signed in to the dashboard, which asks again whenever something changes.'),
  RATE_LIMIT_WINDOW_MINUTES: wholeNumber(1, 1_440).default(15).describe('How long that window is.'),
  CORS_ORIGINS: list
    .pipe(z.array(z.url({ protocol: /^https?$/, error: 'Give origins such as https://example.com.' })))
    .default([])
    .describe('Other web origins that may use the API and the live events from a browser, comma-separated.'),
  TRUST_PROXY: wholeNumber(0, 10)
    .default(0)
    .describe('How many reverse proxies stand in front; the client address is taken from behind them.'),
  MAX_LIVE_CONNECTIONS: wholeNumber(0, 1_000_000)
    .default(2_000)
    .describe('How many live connections there may be at the same time. 0 sets no limit, here and in the next one.'),
  MAX_ORGANIZATION_LIVE_CONNECTIONS: wholeNumber(0, 1_000_000)
    .default(1_000)
    .describe('How many of them the keys and people of one organization may have.'),
  BODY_LIMIT_KB: wholeNumber(1, 102_400).default(1_024).describe('The largest JSON body.'),
};

export interface HttpConfig {
  rateLimit: { max: number; dashboardMax: number; windowMs: number };
  corsOrigins: readonly string[];
  trustProxy: number;
  /** Infinity where there is no limit. */
  liveConnections: { ofOne: number; inAll: number };
  bodyLimitBytes: number;
}

export function httpConfigOf(values: Values<typeof httpSettings>): HttpConfig {
  return {
    rateLimit: {
      max: values.RATE_LIMIT_MAX,
      dashboardMax: values.RATE_LIMIT_DASHBOARD_MAX,
      windowMs: values.RATE_LIMIT_WINDOW_MINUTES * 60_000,
    },
    corsOrigins: values.CORS_ORIGINS.map((origin) => new URL(origin).origin),
    trustProxy: values.TRUST_PROXY,
    liveConnections: {
      ofOne: orInfinity(values.MAX_ORGANIZATION_LIVE_CONNECTIONS),
      inAll: orInfinity(values.MAX_LIVE_CONNECTIONS),
    },
    bodyLimitBytes: values.BODY_LIMIT_KB * 1024,
  };
}
