import { hashOfKey, looksLikeKey, stateOfKey } from './api-key.js';
import type { ApiKeysStore } from './api-keys-store.js';
import type { Clock } from '../lib/clock.js';

/** A limit that belongs to one key, wherever its requests come from. */
export interface KeyRateLimit {
  keyId: string;
  max: number;
}

interface Known {
  limit: KeyRateLimit | undefined;
  until: number;
}

/** How late a change of a key's limit may be noticed by another process. */
const knownForMs = 5_000;
const maxKnown = 10_000;

/**
 * Which keys have a limit of their own. Asked before the key is checked, for every request, by anybody: what was found is
 * remembered for a moment, also that there was nothing, so that a flood costs no flood of queries.
 */
export class KeyRateLimits {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly store: Pick<ApiKeysStore, 'findByHash'>,
    private readonly clock: Clock,
  ) {}

  /** Undefined for whatever is no active key with a limit of its own. */
  async find(key: string | undefined): Promise<KeyRateLimit | undefined> {
    if (key === undefined || !looksLikeKey(key)) return undefined;
    const hash = hashOfKey(key);
    const now = this.clock.now();
    const known = this.known.get(hash);
    if (known && known.until > now.getTime()) return known.limit;
    const found = await this.store.findByHash(hash);
    const limit =
      found && found.rateLimitMax !== null && stateOfKey(found, now) === 'active'
        ? { keyId: found.id, max: found.rateLimitMax }
        : undefined;
    if (this.known.size >= maxKnown) this.known.clear();
    this.known.set(hash, { limit, until: now.getTime() + knownForMs });
    return limit;
  }

  /** After a key changed. */
  forget(): void {
    this.known.clear();
  }
}
