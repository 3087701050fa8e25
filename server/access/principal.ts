/** What a key may do: see, post, or run things. */
export const capabilities = ['read', 'send', 'manage'] as const;
export type Capability = (typeof capabilities)[number];

/** Who makes a request. */
export interface Principal {
  kind: 'root' | 'admin' | 'session' | 'user';
  /** null reaches every organization. */
  organizationId: string | null;
  /** Set for a key that may use this one session only. */
  sessionId: string | null;
  capabilities: ReadonlySet<Capability>;
  /** For `createdBy` and the log. */
  name: string;
  keyId: string | null;
}

/** The organization that exists from the first start on; root works in it unless it names another. */
export const defaultOrganizationId = 'default';

export const rootPrincipal: Principal = {
  kind: 'root',
  organizationId: null,
  sessionId: null,
  capabilities: new Set(capabilities),
  name: 'root',
  keyId: null,
};

/** Whether an object of this organization and session exists as far as the principal is concerned. */
export function maySee(principal: Principal, object: { organizationId: string; sessionId: string }): boolean {
  if (principal.organizationId !== null && principal.organizationId !== object.organizationId) return false;
  return principal.sessionId === null || principal.sessionId === object.sessionId;
}

/** The organization in which the principal creates things. */
export function organizationOf(principal: Principal): string {
  return principal.organizationId ?? defaultOrganizationId;
}
