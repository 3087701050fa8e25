import { organizationIdSchema, type Role } from '../contract/access.js';
import { asText } from '../contract/values/texts.js';

/** Which claims of a login token say what. A name with dots is looked for as it is, then as a path into objects. */
export interface ClaimNames {
  organization: string;
  role: string;
  name: string;
}

export interface Login {
  subject: string;
  organizationId: string;
  role: Role;
  name: string;
}

/** What a genuine token says, or in words why it lets nobody in here. */
export type ReadClaims = { login: Login } | { problem: string };

/** Highest first: who has several roles has the highest. */
const roles: readonly Role[] = ['admin', 'operator', 'viewer'];
const maxNameLength = 100;

/** `claims` come from a token whose signature was verified. */
export function readClaims(claims: Readonly<Record<string, unknown>>, names: ClaimNames): ReadClaims {
  const subject = claims['sub'];
  if (typeof subject !== 'string' || subject === '') return { problem: 'This login does not say whose it is.' };
  const organization = onlyText(claimOf(claims, names.organization));
  if (organization === undefined) return { problem: 'This login belongs to no organization.' };
  if (!organizationIdSchema.safeParse(organization).success) {
    return { problem: 'The organization of this login has an id that cannot be used here.' };
  }
  const given = claimOf(claims, names.role);
  const role = roles.find((known) => given === known || (Array.isArray(given) && given.includes(known)));
  if (role === undefined) return { problem: 'This login has none of the roles viewer, operator and admin.' };
  const name = [claimOf(claims, names.name), claims['email']].map(nameOf).find((found) => found !== undefined);
  return { login: { subject, organizationId: organization, role, name: name ?? asText(subject, maxNameLength) } };
}

function claimOf(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** A text, or a list of exactly one: which of several organizations is meant is not for us to guess. */
function onlyText(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof one === 'string' && one !== '' ? one : undefined;
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const readable = value.replace(/\p{C}/gu, '').trim();
  return readable === '' ? undefined : asText(readable, maxNameLength);
}
