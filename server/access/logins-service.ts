import { capabilitiesOfRole } from '../contract/access.js';
import { AppError } from '../lib/app-error.js';
import { readClaims, type ClaimNames } from './login-claims.js';
import type { OrganizationsService } from './organizations-service.js';
import type { Principal } from './principal.js';
import type { TokenVerifier } from './token-verifier.js';

export interface LoginsParts {
  verifier: Pick<TokenVerifier, 'verify'>;
  organizations: Pick<OrganizationsService, 'exists' | 'createIfMissing'>;
  claimNames: ClaimNames;
  /** Whether a login may bring an organization that does not exist yet. */
  createOrganizations: boolean;
}

/** People who signed in elsewhere and come with a token that says who they are. */
export class LoginsService {
  constructor(private readonly parts: LoginsParts) {}

  /**
   * Throws `unauthorized` for a token that is not genuine, not for us or over, `forbidden` for a genuine one that gives its
   * holder nothing here, `unavailable` when that cannot be found out now.
   */
  async authenticate(token: string): Promise<Principal> {
    const { verifier, claimNames } = this.parts;
    const { claims, acceptedUntil } = await verifier.verify(token);
    const read = readClaims(claims, claimNames);
    if ('problem' in read) throw new AppError('forbidden', read.problem);
    const { subject, organizationId, role, name } = read.login;
    await this.requireOrganization(organizationId);
    return {
      id: `user:${organizationId}:${subject}`,
      kind: 'user',
      organizationId,
      sessionId: null,
      capabilities: new Set(capabilitiesOfRole[role]),
      name,
      keyId: null,
      expiresAt: acceptedUntil,
      signIn: null,
    };
  }

  private async requireOrganization(organizationId: string): Promise<void> {
    const { organizations, createOrganizations } = this.parts;
    if (await organizations.exists(organizationId)) return;
    if (!createOrganizations) {
      throw new AppError(
        'forbidden',
        `There is no organization "${organizationId}" here. Ask whoever runs this server.`,
      );
    }
    await organizations.createIfMissing(organizationId);
  }
}
