import type { IncomingHttpHeaders } from 'node:http';
import { Router, type NextFunction, type Request, type Response } from 'express';
import { clientAddressOf, networkOf } from '../lib/client-address.js';
import { inTheNameOf } from '../lib/caller-scope.js';
import { CountingWindows } from '../lib/running/counting-windows.js';
import { policyWithNonce } from './security-headers.js';

/** A link of a post; what is behind it is nobody's business here. */
export interface ShortLink {
  target: string;
}

/** Where short addresses lead. */
export interface ShortLinks<L extends ShortLink = ShortLink> {
  /** Whether it is known without looking. */
  isKept(code: string): boolean;
  /** Never rejects. */
  find(code: string): Promise<{ result: 'found'; link: L } | { result: 'ended' | 'unknown' | 'unavailable' }>;
  /** Somebody was sent on. Does not throw. */
  opened(link: L, visit: { method: string; headers: IncomingHttpHeaders; address: string }): void;
}

export interface ShortLinksOptions<L extends ShortLink> {
  links: ShortLinks<L>;
  /** How many reverse proxies of ours stand in front. */
  trustedProxies: number;
  /** Milliseconds that only grow. */
  nowMs?: () => number;
}

/** Where the short addresses are. */
export const shortLinksPath = '/l';

const windowMs = 60_000;
/** Behind one address of a mobile network there are thousands of phones. */
const maxPerNetwork = 3_000;
/** Whoever guesses shuts out nobody else from links that are in use. */
const maxUnknownPerNetwork = 60;
const maxNetworks = 100_000;

interface Page {
  status: number;
  title: string;
  text: string;
}

const unknown: Page = {
  status: 404,
  title: 'This link leads nowhere',
  text: 'Nothing is known under this address. It may have been copied without its end, or be too old.',
};
const ended: Page = {
  status: 410,
  title: 'This link has ended',
  text: 'The post that it was in was taken back by its author.',
};
const unavailable: Page = {
  status: 503,
  title: 'Please try again',
  text: 'The link cannot be looked up at this moment. Open it again in a few seconds.',
};
const tooMany: Page = {
  status: 429,
  title: 'Please wait a minute',
  text: 'Too many addresses were asked for from your network. Open the link again in a minute.',
};

/**
 * Sends whoever opens a short address on to where it leads. No key, no cookies, nothing of the request in the answer: only addresses
 * that are kept with a post of ours.
 */
export function shortLinks<L extends ShortLink>({ links, trustedProxies, nowMs }: ShortLinksOptions<L>): Router {
  const asked = new CountingWindows(windowMs, maxNetworks, nowMs);
  const guessed = new CountingWindows(windowMs, maxNetworks, nowMs);

  const find = async (network: string, code: string) => {
    if (asked.count(network).count > maxPerNetwork) return { result: 'too_many' as const };
    if ((guessed.find(network)?.count ?? 0) >= maxUnknownPerNetwork && !links.isKept(code)) {
      return { result: 'too_many' as const };
    }
    const found = await inTheNameOf(`network ${network}`, () => links.find(code));
    if (found.result === 'unknown') guessed.count(network);
    return found;
  };

  const router = Router();
  router.use(async (request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('x-robots-tag', 'noindex');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      response.status(405).end();
      return;
    }
    const address = clientAddressOf(request, trustedProxies);
    // As it came: what a code cannot have needs no decoding.
    const found = await find(networkOf(address), request.path.slice(1));
    switch (found.result) {
      case 'found':
        links.opened(found.link, { method: request.method, headers: request.headers, address });
        // As every browser reads the address, and in the letters that a header may have.
        response.writeHead(302, { location: new URL(found.link.target).href }).end();
        return;
      case 'ended':
        return sendPage(ended, request, response, next);
      case 'unknown':
        return sendPage(unknown, request, response, next);
      case 'unavailable':
        response.setHeader('retry-after', '5');
        return sendPage(unavailable, request, response, next);
      case 'too_many':
        response.setHeader('retry-after', String(windowMs / 1000));
        return sendPage(tooMany, request, response, next);
    }
  });
  return router;
}

const style =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto 0;padding:0 1.5rem;color:#1c2b26;background:#f6f8f7}' +
  'h1{font-size:1.4rem}@media(prefers-color-scheme:dark){body{color:#e6ece9;background:#121a17}}';

function sendPage({ status, title, text }: Page, request: Request, response: Response, next: NextFunction): void {
  const nonce = policyWithNonce(request, response, (error?: unknown) => {
    if (error !== undefined) next(error);
  });
  response
    .status(status)
    .type('html')
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
        `<title>${title}</title><style nonce="${nonce}">${style}</style><main><h1>${title}</h1><p>${text}</p></main></html>`,
    );
}
