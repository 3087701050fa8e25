import { hashOfKey, newKeyText, prefixOfKey, type ApiKey } from '../../server/access/api-key.js';
import { newId } from '../../server/lib/ids.js';

/** A new key and what is stored of it: for the whole default organization, without an end, unless `changes` say otherwise. */
export function keyRecord(changes: Partial<ApiKey> = {}): { text: string; record: ApiKey } {
  const text = newKeyText(changes.kind ?? 'admin');
  const record: ApiKey = {
    id: newId(),
    organizationId: 'default',
    sessionId: null,
    kind: 'admin',
    name: 'Key',
    hash: hashOfKey(text),
    prefix: prefixOfKey(text),
    capabilities: ['read'],
    rateLimitMax: null,
    createdBy: 'root',
    createdAt: new Date(1_000),
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    ...changes,
  };
  return { text, record };
}
