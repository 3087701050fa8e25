import type { Capability } from '../contract/access.js';
import { AppError, notFound } from '../lib/app-error.js';
import { requireVisible, type Principal } from './principal.js';

/** Needs the capability on the session that `:sessionId` of the path names; one the caller may not see is 404. */
export interface SessionAccess {
  capability: Capability;
  on: 'session';
}

/** Needs the capability in the whole organization; keys of one session are refused with 403. */
export interface OrganizationAccess {
  capability: Capability;
  on: 'organization';
}

/** Needs the capability anywhere; the handler shows only what the principal may see. */
export interface VisibleAccess {
  capability: Capability;
  on: 'visible';
}

export interface RootAccess {
  root: true;
}

/** Answers without a key. */
export interface PublicAccess {
  public: true;
}

/** Who may do something. Every route states one; there is no default. */
export type Access = SessionAccess | OrganizationAccess | VisibleAccess | RootAccess | PublicAccess;

/** Tells which organization a session belongs to; undefined when there is no such session. */
export interface SessionDirectory {
  findOrganizationOf(sessionId: string): Promise<string | undefined>;
}

/**
 * Throws `not_found` for a session that the principal may not see, `forbidden` for what it may not do to what it sees.
 * Public rules need no principal and do not come here.
 */
export async function authorize(
  principal: Principal,
  access: Exclude<Access, PublicAccess>,
  sessionId: string | undefined,
  directory: SessionDirectory,
): Promise<void> {
  if ('root' in access) {
    if (principal.kind !== 'root') throw new AppError('forbidden', 'Only the key from API_KEY may do this.');
    return;
  }
  if (access.on === 'session') await requireSession(principal, sessionId, directory);
  if (access.on === 'organization' && principal.sessionId !== null) {
    throw new AppError('forbidden', `This key may only use the session "${principal.sessionId}".`);
  }
  if (!principal.capabilities.has(access.capability)) {
    throw new AppError('forbidden', `This key lacks the capability "${access.capability}".`);
  }
}

async function requireSession(
  principal: Principal,
  sessionId: string | undefined,
  directory: SessionDirectory,
): Promise<void> {
  if (sessionId === undefined) throw notFound('The session');
  const organizationId = await directory.findOrganizationOf(sessionId);
  const session = organizationId === undefined ? undefined : { organizationId, sessionId };
  requireVisible(principal, session, `The session "${sessionId}"`);
}
