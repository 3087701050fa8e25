import { ipKeyGenerator, rateLimit, type ClientRateLimitInfo, type Store } from 'express-rate-limit';
import type { Request, RequestHandler } from 'express';
import type { KeyRateLimit } from '../access/key-rate-limits.js';
import type { Principal } from '../access/principal.js';
import { withoutPort } from '../lib/client-address.js';
import { AppError } from '../lib/app-error.js';
import { CountingWindows } from '../lib/running/counting-windows.js';

/** Below the API. */
const signInPath = '/sign-in';

export interface RequestLimits {
  /** Requests per client address and window. */
  max: number;
  /** The same of whoever is signed in to the dashboard. */
  dashboardMax: number;
  windowMs: number;
  /** Milliseconds that only grow. */
  nowMs?: () => number;
  /** The limit of the key that stands behind the request, where the key has one of its own. */
  ownLimitOf: (request: Request, caller: Principal | undefined) => Promise<KeyRateLimit | undefined>;
  /** Who makes the request; undefined without a key or a sign-in that works. */
  callerOf: (request: Request) => Promise<Principal | undefined>;
}

/**
 * So many requests per window; the next one is refused with `rate_limited`. They are counted per client address, or per key
 * for a key with a limit of its own, from wherever it comes. What comes without a key that works is counted apart, so that whoever
 * tries keys shuts out nobody else behind the same address. Who is signed in to the dashboard is counted apart: it asks again with every
 * event, and must not be shut out by itself, nor by an integration or another person at the same address. Signing in is counted apart
 * for the same reason.
 */
export function limitRequests(limits: RequestLimits): { handler: RequestHandler; stop: () => void } {
  const windows = new CountingWindows(limits.windowMs, Infinity, limits.nowMs);
  const limitOf = new WeakMap<Request, number>();
  const handler = rateLimit({
    keyGenerator: async (request) => {
      const caller = await limits.callerOf(request);
      const own = await limits.ownLimitOf(request, caller);
      if (own) {
        limitOf.set(request, own.max);
        return `key ${own.keyId}`;
      }
      const address = ipKeyGenerator(withoutPort(request.ip ?? ''));
      if (!caller) return `unknown ${address}`;
      if (caller.signIn) {
        limitOf.set(request, limits.dashboardMax);
        return `signed in ${caller.id} ${address}`;
      }
      return request.method === 'POST' && request.path === signInPath ? `signing in ${caller.id} ${address}` : address;
    },
    limit: (request) => limitOf.get(request) ?? limits.max,
    windowMs: limits.windowMs,
    store: storeOf(windows),
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
    stop: () => windows.clear(),
  };
}

/** For the library, which has a store of its own: that one goes by the system's clock. */
function storeOf(windows: CountingWindows): Store {
  const infoOf = ({ count, leftMs }: { count: number; leftMs: number }): ClientRateLimitInfo => ({
    totalHits: count,
    resetTime: new Date(Date.now() + leftMs),
  });
  return {
    localKeys: true,
    increment: (key) => infoOf(windows.count(key)),
    decrement: (key) => windows.takeBack(key),
    resetKey: (key) => windows.forget(key),
  };
}
