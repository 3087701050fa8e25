import type { Request, RequestHandler } from 'express';
import type { Callers } from '../access/callers.js';
import type { Principal } from '../access/principal.js';

const principals = new WeakMap<Request, Principal>();
const lookups = new WeakMap<Request, Promise<Principal>>();

/** Who makes the request, looked up once; rejects when neither key nor sign-in works. */
export function identify(callers: Callers, request: Request): Promise<Principal> {
  const known = lookups.get(request);
  if (known) return known;
  const lookup = callers.identify(request);
  lookups.set(request, lookup);
  return lookup;
}

/** Refuses requests without a valid key or sign-in before anything else of them is looked at, the body above all. */
export function authenticate(callers: Callers): RequestHandler {
  return async (request, _response, next) => {
    principals.set(request, await identify(callers, request));
    next();
  };
}

export function principalOf(request: Request): Principal | undefined {
  return principals.get(request);
}
