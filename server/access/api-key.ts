import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiKeyKind, ApiKeyState, ApiKeyView, Capability } from '../contract/access.js';

const prefixes: Record<ApiKeyKind, string> = { session: 'wask_', admin: 'wamk_' };
const visibleCharacters = 12;

/** What is stored of a key: never the key itself. */
export interface ApiKey {
  id: string;
  organizationId: string;
  /** Set for a key of one session. */
  sessionId: string | null;
  kind: ApiKeyKind;
  name: string;
  /** Hexadecimal SHA-256 of the key. A slow hash is not needed: the key is 256 random bits, which nobody can guess. */
  hash: string;
  /** The beginning of the key, for people to tell keys apart. */
  prefix: string;
  capabilities: readonly Capability[];
  /** Requests per window of this key alone; null shares the limit of the client address. */
  rateLimitMax: number | null;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}

/** A new random key; the caller shows it once and keeps only its hash. */
export function newKeyText(kind: ApiKeyKind): string {
  return prefixes[kind] + randomBytes(32).toString('base64url');
}

/** Whether a text could be a key that this server made; most others need no look into the database. */
export function looksLikeKey(text: string): boolean {
  return /^wa[ms]k_[\w-]{43}$/.test(text);
}

export function hashOfKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

export function prefixOfKey(key: string): string {
  return key.slice(0, visibleCharacters);
}

/** Whether two keys are the same, in a time that tells nothing of where they differ. */
export function sameKey(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(hashOfKey(given), 'hex'), Buffer.from(hashOfKey(expected), 'hex'));
}

/** Only an active key opens anything. A key ends at the very moment of `expiresAt`. */
export function stateOfKey(key: Pick<ApiKey, 'expiresAt' | 'revokedAt'>, now: Date): ApiKeyState {
  if (key.revokedAt !== null) return 'revoked';
  return key.expiresAt !== null && key.expiresAt <= now ? 'expired' : 'active';
}

/** The key as its owners see it: without its hash. */
export function publicKey(key: ApiKey, now: Date): ApiKeyView {
  return {
    id: key.id,
    organizationId: key.organizationId,
    sessionId: key.sessionId,
    kind: key.kind,
    name: key.name,
    prefix: key.prefix,
    capabilities: [...key.capabilities],
    state: stateOfKey(key, now),
    rateLimitMax: key.rateLimitMax,
    createdBy: key.createdBy,
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  };
}
