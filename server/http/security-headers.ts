import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

const common = {
  'default-src': [`'none'`],
  'script-src': [`'self'`],
  'img-src': [`'self'`, 'data:', 'blob:'],
  'media-src': [`'self'`, 'blob:'],
  'font-src': [`'self'`],
  'connect-src': [`'self'`],
  'manifest-src': [`'self'`],
  'base-uri': [`'self'`],
  'form-action': [`'self'`],
  'frame-ancestors': [`'none'`],
  'object-src': [`'none'`],
};

/**
 * Headers of every answer. No `upgrade-insecure-requests` and no HSTS: this server speaks plain HTTP, often at a bare
 * address in a local network, and whether its name has TLS is for the proxy in front to say.
 */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { ...common, 'style-src': [`'self'`] } },
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
}

/** Replaces the policy of one answer by one that also allows styles with the nonce it returns. */
export function policyWithNonce(...[request, response, next]: Parameters<RequestHandler>): string {
  const nonce = randomBytes(16).toString('base64');
  helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: { ...common, 'style-src': [`'self'`, `'nonce-${nonce}'`] },
  })(request, response, next);
  return nonce;
}
