import { capabilities, type Capability, type PrincipalView } from '../contract/access.js';
import { notFound } from '../lib/app-error.js';

/** Who makes a request. */
export interface Principal {
  /** Different for every key and every user of every organization: what one did is never taken for another's. */
  id: string;
  kind: PrincipalView['kind'];
  /** null reaches every organization. */
  organizationId: string | null;
  /** Set for a key that may use this one session only. */
  sessionId: string | null;
  capabilities: ReadonlySet<Capability>;
  /** For `createdBy` and the log. */
  name: string;
  keyId: string | null;
  /** When the key or the login ends; live connections end with it. */
  expiresAt: Date | null;
  /** Set when the request came by the cookie of a sign-in, instead of by the key itself. */
  signIn: SignInOfPrincipal | null;
}

export interface SignInOfPrincipal {
  id: string;
  createdAt: Date;
  /** When it ends in any case. */
  endsAt: Date;
}

/** The organization that exists from the first start on; root works in it unless it names another. */
export const defaultOrganizationId = 'default';

export const rootPrincipal: Principal = {
  id: 'root',
  kind: 'root',
  organizationId: null,
  sessionId: null,
  capabilities: new Set(capabilities),
  name: 'root',
  keyId: null,
  expiresAt: null,
  signIn: null,
};

/** Whose an object is; `sessionId` is null for what belongs to the organization as a whole. */
export interface Owned {
  organizationId: string;
  sessionId: string | null;
}

/**
 * Whether an object exists as far as the principal is concerned: the one rule of isolation, for records, files and
 * events alike. What belongs to the whole organization is nothing to the key of one session.
 */
export function maySee(principal: Principal, object: Owned): boolean {
  if (principal.organizationId !== null && principal.organizationId !== object.organizationId) return false;
  return principal.sessionId === null || principal.sessionId === object.sessionId;
}

/** The object, when there is one that the principal may see; `not_found` says the same of both kinds of "no". */
export function requireVisible<T extends Owned>(principal: Principal, object: T | undefined, what: string): T {
  if (object === undefined || !maySee(principal, object)) throw notFound(what);
  return object;
}

/** The organization in which the principal creates things. */
export function organizationOf(principal: Principal): string {
  return principal.organizationId ?? defaultOrganizationId;
}

/** The principal as it is told about itself. */
export function publicPrincipal(principal: Principal): PrincipalView {
  return {
    kind: principal.kind,
    name: principal.name,
    organizationId: principal.organizationId,
    sessionId: principal.sessionId,
    capabilities: capabilities.filter((capability) => principal.capabilities.has(capability)),
    expiresAt: principal.expiresAt?.toISOString() ?? null,
  };
}
