import type { Request, RequestHandler } from 'express';
import type { Callers } from '../access/callers.js';
import { rootPrincipal, type Principal } from '../access/principal.js';
import { inTheNameOf } from '../lib/caller-scope.js';
import { networkOf, withoutPort } from '../lib/client-address.js';

const principals = new WeakMap<Request, Principal>();
const lookups = new WeakMap<Request, Promise<Principal>>();

/** Who makes the request, looked up once; rejects when neither key nor sign-in works. */
export function identify(callers: Callers, request: Request): Promise<Principal> {
  const known = lookups.get(request);
  if (known) return known;
  const network = networkOf(withoutPort(request.ip ?? ''));
  const lookup = inTheNameOf(`network ${network}`, () => callers.identify(request));
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

/** What comes after it is done in the name of the caller's organization, until the answer is there. */
export const inTheNameOfCaller: RequestHandler = (request, response, next) => {
  const principal = principalOf(request);
  const answered = new Promise((resolve) => response.once('close', resolve));
  void inTheNameOf(partyOf(principal), () => {
    next();
    return answered;
  });
};

/** Whoever reaches every organization takes turns with them. */
function partyOf(principal: Principal | undefined): string {
  return principal?.organizationId ?? rootPrincipal.id;
}

export function principalOf(request: Request): Principal | undefined {
  return principals.get(request);
}
