import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Capability } from './principal.js';

export type ApiKeyKind = 'session' | 'admin';

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
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}

/** A new random key; the caller shows it once and keeps only its hash. */
export function newKeyText(kind: ApiKeyKind): string {
  return prefixes[kind] + randomBytes(32).toString('base64url');
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
