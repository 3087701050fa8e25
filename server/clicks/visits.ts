import type { IncomingHttpHeaders } from 'node:http';
import { isbot } from 'isbot';

/** What browsers say that read pages before anybody asked for them. */
const readAhead = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];
const maxUserAgentLength = 300;

/**
 * The browser behind a request for a short address; undefined when nobody opened it: a robot, a preview, a page that is read ahead, or
 * a part of another page.
 */
export function browserOf(method: string, headers: IncomingHttpHeaders): string | undefined {
  const userAgent = headers['user-agent'] ?? '';
  if (method !== 'GET' || userAgent === '' || isbot(userAgent)) return undefined;
  if (readAhead.some((name) => /prefetch|preview|prerender/i.test(String(headers[name] ?? '')))) return undefined;
  const place = headers['sec-fetch-dest'];
  return place === undefined || place === 'document' ? userAgent.slice(0, maxUserAgentLength) : undefined;
}
