import { ipKeyGenerator, MemoryStore, rateLimit } from 'express-rate-limit';
import type { Request, RequestHandler } from 'express';
import type { KeyRateLimit } from '../access/key-rate-limits.js';
import { clientHeader, dashboardClient } from '../contract/client-header.js';
import { withoutPort } from '../lib/client-address.js';
import { AppError } from '../lib/app-error.js';

export interface RequestLimits {
  /** Requests per client address and window. */
  max: number;
  /** The same for the dashboard. */
  dashboardMax: number;
  windowMs: number;
  /** The limit of the key that comes with the request, where the key has one of its own. */
  ownLimitOf: (request: Request) => Promise<KeyRateLimit | undefined>;
  /** Whether the request comes with a key that works. */
  isKnown: (request: Request) => Promise<boolean>;
}

/**
 * So many requests per window; the next one is refused with `rate_limited`. They are counted per client address, or per key
 * for a key with a limit of its own, from wherever it comes. What comes without a key that works is counted apart, so that whoever
 * tries keys shuts out nobody else behind the same address. The dashboard is counted apart: it asks again with every event,
 * and must not be shut out by itself, nor by an integration at the same address. Whoever claims to be the dashboard gains
 * more requests and nothing else.
 */
export function limitRequests(limits: RequestLimits): { handler: RequestHandler; stop: () => void } {
  const store = new MemoryStore();
  const limitOf = new WeakMap<Request, number>();
  const handler = rateLimit({
    keyGenerator: async (request) => {
      const own = await limits.ownLimitOf(request);
      if (own) {
        limitOf.set(request, own.max);
        return `key ${own.keyId}`;
      }
      const address = ipKeyGenerator(withoutPort(request.ip ?? ''));
      if (!(await limits.isKnown(request))) return `unknown ${address}`;
      if (request.get(clientHeader) !== dashboardClient) return address;
      limitOf.set(request, limits.dashboardMax);
      return `dashboard ${address}`;
    },
    limit: (request) => limitOf.get(request) ?? limits.max,
    windowMs: limits.windowMs,
    store,
    standardHeaders: 'draft-6',
    legacyHeaders: false,
    handler: (_request, response, next) => {
      const seconds = Number(response.getHeader('ratelimit-reset') ?? Math.ceil(limits.windowMs / 1000));
      next(
        new AppError('rate_limited', `Too many requests. Try again in ${String(seconds)} seconds.`, {
          retryAfterSeconds: seconds,
        }),
      );
    },
  });
  return {
    handler,
    stop: () => {
      store.shutdown();
    },
  };
}
