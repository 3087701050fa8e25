import { MemoryStore, rateLimit } from 'express-rate-limit';
import type { RequestHandler } from 'express';
import { AppError } from '../lib/app-error.js';

/** So many requests per client address and window; the next one is refused with `rate_limited`. */
export function limitRequests(limits: { max: number; windowMs: number }): {
  handler: RequestHandler;
  stop: () => void;
} {
  const store = new MemoryStore();
  const handler = rateLimit({
    limit: limits.max,
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
