import compression from 'compression';
import express, { Router, type Express, type RequestHandler } from 'express';
import type { SessionDirectory } from '../access/access-rule.js';
import { keyOfHeaders } from '../access/authenticator.js';
import type { Callers } from '../access/callers.js';
import type { KeyRateLimits } from '../access/key-rate-limits.js';
import type { Config } from '../config.js';
import { AppError } from '../lib/app-error.js';
import type { Logger } from '../lib/logger.js';
import { apiDocs } from './openapi/api-docs.js';
import { authenticate, identify, inTheNameOfCaller } from './authenticate.js';
import { cors } from './cors.js';
import { dashboard } from './dashboard.js';
import type { Route } from './define-route.js';
import { errorHandler } from './error-handler.js';
import type { Idempotency } from './idempotency.js';
import { mountRoutes } from './mount-routes.js';
import { bodyReader } from './json-body.js';
import { limitRequests } from './rate-limit.js';
import { readQuery } from './read-query.js';
import { resumableUploads } from './uploads/resumable-uploads.js';
import type { ResumableFiles } from './uploads/resumable-files.js';
import { requestLog } from './request-log.js';
import { shortLinks, shortLinksPath, type ShortLink, type ShortLinks } from './short-links.js';
import { securityHeaders } from './security-headers.js';

export interface HttpAppOptions<L extends ShortLink = ShortLink> {
  config: Config;
  logger: Logger;
  callers: Callers;
  keyRateLimits: KeyRateLimits;
  directory: SessionDirectory;
  idempotency: Idempotency;
  /** Everything below `/api`. */
  routes: readonly Route[];
  /** Resolves to whether requests can be served now. */
  isReady: () => Promise<boolean>;
  /** The folder of the built dashboard. */
  dashboardDir: string;
  /** Links of posts, which need no key. */
  shortLinks: ShortLinks<L>;
  /** Uploads by the tus protocol. */
  resumable: ResumableFiles;
  checkAnswers: boolean;
}

/** The whole web side: probes, API, its documentation and the dashboard. `stop` frees its timers. */
export function createHttpApp<L extends ShortLink>(options: HttpAppOptions<L>): { app: Express; stop: () => void } {
  const { config } = options;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.set('query parser', readQuery);
  app.use(requestLog(options.logger));
  if (config.trustProxy === 0) app.use(warnOfProxy(options.logger));
  app.use(securityHeaders());
  app.use(compression());
  app.use(requireHost);
  app.use(probes(options.isReady));
  app.use(shortLinksPath, shortLinks({ links: options.shortLinks, trustedProxies: config.trustProxy }));

  const limiter = limitRequests({
    ...config.rateLimit,
    ownLimitOf: (request, caller) =>
      caller?.signIn && caller.keyId !== null
        ? options.keyRateLimits.findById(caller.keyId)
        : options.keyRateLimits.find(keyOfHeaders(request.headers)),
    callerOf: (request) => identify(options.callers, request).catch(() => undefined),
  });
  app.use('/api', cors(config.corsOrigins), limiter.handler, apiRouter(options));
  const publicPath = config.publicAddress?.path ?? '';
  app.use('/docs', apiDocs(publicPath));
  app.use(dashboard(options.dashboardDir, publicPath));
  app.use((_request, _response, next) => next(new AppError('not_found', 'There is nothing at this address.')));
  app.use(errorHandler(options.logger));
  return { app, stop: limiter.stop };
}

function apiRouter(options: Omit<HttpAppOptions, 'shortLinks'>): Router {
  const router = Router();
  router.use((_request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    next();
  });
  const publicPath = options.config.publicAddress?.path ?? '';
  const mount = {
    directory: options.directory,
    readBody: bodyReader(options.config.bodyLimitBytes),
    idempotency: options.idempotency,
    publicPath,
    checkAnswers: options.checkAnswers,
  };
  const isPublic = (route: Route): boolean => 'public' in route.access;
  mountRoutes(router, options.routes.filter(isPublic), mount);
  router.use(authenticate(options.callers), inTheNameOfCaller);
  router.use(
    '/uploads/resumable',
    resumableUploads({
      files: options.resumable,
      directory: options.directory,
      maxBytes: options.config.maxUploadBytes,
      publicPath,
    }),
  );
  mountRoutes(
    router,
    options.routes.filter((route) => !isPublic(route)),
    mount,
  );
  router.use((_request, _response, next) => {
    next(new AppError('not_found', 'The API has nothing at this address.'));
  });
  return router;
}

/** Says once that a proxy stands in front that the settings know nothing of. */
function warnOfProxy(logger: Logger): RequestHandler {
  let isSaid = false;
  return (request, _response, next) => {
    if (!isSaid && request.headers['x-forwarded-for'] !== undefined) {
      isSaid = true;
      logger.warn(
        'a request came through a proxy, and TRUST_PROXY is 0: all who come through it share the limits of one address. ' +
          'Set TRUST_PROXY to how many proxies stand in front of this server',
      );
    }
    next();
  };
}

/** HTTP/1.1 wants every request to say whom it is for. */
const requireHost: RequestHandler = (request, _response, next) => {
  const isMissing = request.httpVersion === '1.1' && request.headers.host === undefined;
  next(isMissing ? new AppError('validation_error', 'The request has no header "Host".') : undefined);
};

/** For whoever watches the process from outside: one word, no key, no details. */
function probes(isReady: () => Promise<boolean>): Router {
  const router = Router();
  router.use(['/healthz', '/readyz'], (_request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    next();
  });
  router.get('/healthz', (_request, response) => {
    response.type('text').send('ok');
  });
  router.get('/readyz', async (_request, response) => {
    const ready = await isReady().catch(() => false);
    response
      .status(ready ? 200 : 503)
      .type('text')
      .send(ready ? 'ready' : 'not ready');
  });
  return router;
}
