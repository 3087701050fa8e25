import type { IncomingHttpHeaders } from 'node:http';

/**
 * Which page a browser says the request comes from: one of this server, another one, or none that it names. Browsers write
 * `Sec-Fetch-Site` (W3C Fetch Metadata) where the address is trustworthy, and `Origin` (RFC 6454) with whatever changes something;
 * a page can write neither.
 */
export type PageBehind = 'own' | 'foreign' | 'untold';

export function pageBehind(headers: IncomingHttpHeaders, publicOrigin: string | undefined): PageBehind {
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin') return 'own';
  // The address bar or a bookmark; no page.
  if (typeof site === 'string' && site !== 'none') return 'foreign';
  const { origin, host } = headers;
  if (origin === undefined) return 'untold';
  return isOwnOrigin(origin, host, publicOrigin) ? 'own' : 'foreign';
}

/** Whether pages of this origin are the server's own: those at the address that the request was sent to, or at PUBLIC_URL. */
export function isOwnOrigin(origin: string, host: string | undefined, publicOrigin: string | undefined): boolean {
  return origin === publicOrigin || (URL.canParse(origin) && new URL(origin).host === host);
}
