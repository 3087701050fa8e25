import type { Request, RequestHandler } from 'express';
import { keyOfHeaders, type Authenticator } from '../access/authenticator.js';
import type { Principal } from '../access/principal.js';

const principals = new WeakMap<Request, Principal>();
const lookups = new WeakMap<Request, Promise<Principal>>();

/** Who makes the request, looked up once; rejects when its key does not work. */
export function identify(authenticator: Authenticator, request: Request): Promise<Principal> {
  const known = lookups.get(request);
  if (known) return known;
  const lookup = authenticator.authenticate(keyOfHeaders(request.headers));
  lookups.set(request, lookup);
  return lookup;
}

/** Refuses requests without a valid key before anything else of them is looked at, the body above all. */
export function authenticate(authenticator: Authenticator): RequestHandler {
  return async (request, _response, next) => {
    principals.set(request, await identify(authenticator, request));
    next();
  };
}

export function principalOf(request: Request): Principal | undefined {
  return principals.get(request);
}
