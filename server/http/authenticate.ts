import type { Request, RequestHandler } from 'express';
import { keyOfHeaders, type Authenticator } from '../access/authenticator.js';
import type { Principal } from '../access/principal.js';

const principals = new WeakMap<Request, Principal>();

/** Refuses requests without a valid key before anything else of them is looked at, the body above all. */
export function authenticate(authenticator: Authenticator): RequestHandler {
  return async (request, _response, next) => {
    principals.set(request, await authenticator.authenticate(keyOfHeaders(request.headers)));
    next();
  };
}

export function principalOf(request: Request): Principal | undefined {
  return principals.get(request);
}
