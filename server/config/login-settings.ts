import { z } from 'zod';
import { isTrustworthy } from '../lib/service-addresses.js';
import { list, wholeNumber, type Given, type Values } from './kinds.js';

/** Whose login tokens are taken, and how they are read. */
export const loginSettings = {
  JWKS_URL: z
    .string()
    .refine(
      (address) => address === '' || isTrustworthy(address),
      'Give an https:// address. One with http:// may only be on this machine: who changes keys on their way can sign in as anybody.',
    )
    .default('')
    .describe('Where the login service shows its public keys. Empty lets nobody in with a login token (JWT).'),
  JWT_ISSUER: z.string().default('').describe('The issuer ("iss") that login tokens must have. Needed with JWKS_URL.'),
  JWT_AUDIENCE: list
    .default([])
    .describe(
      'The audience ("aud") that login tokens must be meant for; several comma-separated. Needed with JWKS_URL.',
    ),
  JWT_ORGANIZATION_CLAIM: z
    .string()
    .default('organization')
    .describe('The claim with the organization id. Dots lead into objects, here and in the next two.'),
  JWT_ROLE_CLAIM: z
    .string()
    .default('role')
    .describe('The claim with the role: viewer, operator or admin, or a list with one of them.'),
  JWT_NAME_CLAIM: z.string().default('name').describe('The claim with the name of the person.'),
  JWT_CLOCK_TOLERANCE_SECONDS: wholeNumber(0, 300)
    .default(30)
    .describe('How far the clocks of the login service and of this server may differ.'),
  JWT_CREATE_ORGANIZATIONS: z
    .enum(['true', 'false'], 'Give true or false.')
    .transform((value) => value === 'true')
    .default(false)
    .describe('Whether a login of an organization that does not exist here yet creates it (true or false).'),
};

/** How login tokens are checked and read. */
export interface JwtConfig {
  jwksUrl: URL;
  issuer: string;
  audiences: readonly string[];
  claimNames: { organization: string; role: string; name: string };
  clockToleranceMs: number;
  createOrganizations: boolean;
}

export interface LoginConfig {
  /** null where nobody signs in with a token. */
  jwt: JwtConfig | null;
}

export function loginProblems(given: Given): string[] {
  if (!given['JWKS_URL']) return [];
  // Without these two, a token that the same login service made for any other program would open this one.
  return ['JWT_ISSUER', 'JWT_AUDIENCE']
    .filter((name) => !/[^\s,]/.test(given[name] ?? ''))
    .map((name) => `${name}: Login tokens are accepted (JWKS_URL), so say what theirs must be.`);
}

export function loginConfigOf(values: Values<typeof loginSettings>): LoginConfig {
  if (values.JWKS_URL === '') return { jwt: null };
  return {
    jwt: {
      jwksUrl: new URL(values.JWKS_URL),
      issuer: values.JWT_ISSUER,
      audiences: values.JWT_AUDIENCE,
      claimNames: {
        organization: values.JWT_ORGANIZATION_CLAIM,
        role: values.JWT_ROLE_CLAIM,
        name: values.JWT_NAME_CLAIM,
      },
      clockToleranceMs: values.JWT_CLOCK_TOLERANCE_SECONDS * 1000,
      createOrganizations: values.JWT_CREATE_ORGANIZATIONS,
    },
  };
}
