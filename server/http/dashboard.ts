import { readFile } from 'node:fs/promises';
import path from 'node:path';
import express, { Router, type Request } from 'express';
import { AppError } from '../lib/app-error.js';
import { policyWithNonce } from './security-headers.js';

/** In the page: where the browser is to look for everything that the page names. */
const basePlaceholder = '<base href="/" />';
const noncePlaceholder = '__CSP_NONCE__';
const notBuilt =
  '<!doctype html><title>Statuscast</title><p>The dashboard is not built yet. Run <code>npm run build</code>.';

/**
 * The built dashboard from `folder`. Assets carry a hash of their contents in their names and are kept for a year; the
 * page itself is never kept, because each answer has a nonce of its own. Every other page address gets the page too. `publicPath` is
 * the path below which browsers see it.
 */
export function dashboard(folder: string, publicPath: string): Router {
  const router = Router();
  router.use(
    '/assets',
    express.static(path.join(folder, 'assets'), { index: false, immutable: true, maxAge: '365d', fallthrough: true }),
  );
  router.use(express.static(folder, { index: false, maxAge: '1h', redirect: false }));
  router.get('/{*page}', async (request, response, next) => {
    if (!isPage(request.path) || !wantsPage(request)) {
      next(new AppError('not_found', 'There is nothing at this address.'));
      return;
    }
    const html = await readFile(path.join(folder, 'index.html'), 'utf8').catch(() => notBuilt);
    const nonce = policyWithNonce(request, response, (error?: unknown) => {
      if (error !== undefined) next(error);
    });
    response.setHeader('cache-control', 'no-store');
    response
      .type('html')
      .send(html.replaceAll(noncePlaceholder, nonce).replace(basePlaceholder, () => `<base href="${publicPath}/" />`));
  });
  return router;
}

/** What programs ask for: never a page of the dashboard, also where a browser asks. */
const notPages = /^\/(assets|socket\.io|metrics)(\/|$)/;

/** Names with an extension are files; a missing file must not come back as a page. */
function isPage(address: string): boolean {
  return !notPages.test(address) && !path.basename(address).includes('.');
}

/** A browser says that it wants a page; a program that takes anything would take one for an answer. */
function wantsPage(request: Request): boolean {
  return request.path === '/' ? request.accepts('html') !== false : /\btext\/html\b/i.test(request.get('accept') ?? '');
}
