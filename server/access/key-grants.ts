import type { Capability } from '../contract/access.js';
import { AppError, validationError } from '../lib/app-error.js';
import type { ApiKey } from './api-key.js';
import type { Principal } from './principal.js';

/** What a key is to be given, by a new key or by a change of one. Undefined is not asked for. */
export interface Grant {
  capabilities: readonly Capability[];
  /** null never ends. */
  expiresAt?: Date | null | undefined;
  rateLimitMax?: number | null | undefined;
}

/**
 * Nobody gives away what they do not have: not a capability, and no time beyond the end of their own key, or the end would
 * mean nothing. A person who signed in is not bound by the end of the login, which is over in minutes and comes again.
 * Throws `forbidden`, or `validation_error` for a time that is over.
 */
export function refuseBeyond(principal: Principal, grant: Grant, now: Date): void {
  const missing = grant.capabilities.find((capability) => !principal.capabilities.has(capability));
  if (missing !== undefined) {
    throw new AppError('forbidden', `You cannot decide about the capability "${missing}", which you do not have.`);
  }
  if (grant.rateLimitMax !== undefined && principal.kind !== 'root') {
    throw new AppError('forbidden', 'Only the key from API_KEY may give a key a request limit of its own.');
  }
  if (grant.expiresAt === undefined) return;
  if (grant.expiresAt !== null && grant.expiresAt <= now) {
    throw validationError('expiresAt', 'Give a time in the future. To end a key now, revoke it.');
  }
  const end = endOfGrants(principal);
  if (end !== null && (grant.expiresAt === null || grant.expiresAt > end)) {
    throw new AppError('forbidden', `Your own key ends at ${end.toISOString()}; no other may last longer through it.`);
  }
}

/** The latest end of what this principal makes; null when it may last for ever. */
export function endOfGrants(principal: Principal): Date | null {
  return principal.kind === 'user' ? null : principal.expiresAt;
}

/** `conflict` for a key that was revoked: it stays as it was then. */
export function refuseRevoked(key: ApiKey): void {
  if (key.revokedAt !== null) throw new AppError('conflict', 'This key was revoked. Make a new one.');
}
