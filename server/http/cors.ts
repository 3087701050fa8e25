import type { RequestHandler } from 'express';

const methods = 'GET, POST, PUT, PATCH, DELETE';
const tusHeaders = 'tus-resumable, upload-length, upload-metadata, upload-offset';
const requestHeaders = `authorization, content-type, idempotency-key, prefer, x-api-key, x-request-id, ${tusHeaders}`;
const answerHeaders =
  'retry-after, ratelimit-limit, ratelimit-policy, ratelimit-remaining, ratelimit-reset, x-request-id, content-disposition, ' +
  `location, upload-expires, tus-extension, tus-max-size, tus-version, ${tusHeaders}`;

/** Lets pages of these origins read the answers. They send keys in headers; the cookie of a sign-in is only for this server's own pages. */
export function cors(origins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const origin = request.headers.origin;
    if (origins.length > 0) response.vary('Origin');
    if (origin === undefined || !origins.includes(origin)) {
      next();
      return;
    }
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', answerHeaders);
    // Without it the browser keeps other origins from loading what they may read.
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
      next();
      return;
    }
    response.setHeader('access-control-allow-methods', methods);
    response.setHeader('access-control-allow-headers', requestHeaders);
    response.setHeader('access-control-max-age', '600');
    response.status(204).end();
  };
}
